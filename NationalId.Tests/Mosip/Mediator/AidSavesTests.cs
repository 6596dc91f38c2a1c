using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.OpenCrvs;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Http;
using NationalId.Core.Registry;

namespace NationalId.Tests.Mosip.Mediator;

/// <summary>
/// A country configuration that knows no deaths holds none up. One that fails by turns, deaths more often than births
/// by chance, is waited for: what is not saved then is never saved.
/// </summary>
public sealed class AidSavesTests : IRecordWriter
{
    private readonly FakeTimeProvider time = new();
    private readonly CollectedLogs logs = new();
    private readonly AidSaves saves;
    private bool takesDeaths;

    public AidSavesTests()
    {
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(logs));
        saves = new AidSaves(this, new OpenCrvsOptions { SaveDeathAid = true }, time, loggers.CreateLogger<AidSaves>());
    }

    Task IRecordWriter.SaveAsync(
        RegistrationKind kind,
        string number,
        IReadOnlyList<string> fields,
        string value,
        CancellationToken cancellationToken
    ) =>
        kind == RegistrationKind.Birth || takesDeaths
            ? Task.CompletedTask
            : throw new TransientFailureException("The mediator answered 500.");

    [Fact]
    public async Task Deaths_that_are_refused_for_ten_minutes_while_births_are_taken_go_on_without_and_it_is_said_once()
    {
        await RefusedAsync(AidSaves.Refusals);
        await BirthsAsync(AidSaves.Refusals);
        time.Advance(AidSaves.WatchedFor);
        Assert.Null(saves.WhyNot(RegistrationKind.Death));
        await RefusedAsync(1);
        Assert.Equal("AID not saved: the mediator refuses every death", saves.WhyNot(RegistrationKind.Death));
        Assert.Null(saves.WhyNot(RegistrationKind.Birth));

        // One that was asked before.
        await RefusedAsync(1);
        Assert.Single(logs.Lines);

        // The country may have extended its configuration: some hours later deaths are asked for again.
        time.Advance(AidSaves.RestsFor);
        Assert.Null(saves.WhyNot(RegistrationKind.Death));
    }

    [Fact]
    public async Task A_mediator_that_is_away_takes_no_birth_either_and_is_waited_for()
    {
        await RefusedAsync(50);
        await BirthsAsync(AidSaves.Refusals - 1);
        time.Advance(TimeSpan.FromHours(1));
        await RefusedAsync(50);
        Assert.Null(saves.WhyNot(RegistrationKind.Death));
    }

    [Fact]
    public async Task Failures_of_some_minutes_are_waited_for()
    {
        await RefusedAsync(50);
        await BirthsAsync(50);
        time.Advance(AidSaves.WatchedFor - TimeSpan.FromSeconds(1));
        await RefusedAsync(50);
        Assert.Null(saves.WhyNot(RegistrationKind.Death));
    }

    [Fact]
    public async Task A_mediator_that_has_taken_a_death_knows_deaths()
    {
        takesDeaths = true;
        var row = await SaveAsync(RegistrationKind.Death);
        Assert.True(row.IsDone(EventSteps.Saved));
        takesDeaths = false;
        await RefusedAsync(50);
        await BirthsAsync(50);
        time.Advance(TimeSpan.FromHours(1));
        await RefusedAsync(50);
        Assert.Null(saves.WhyNot(RegistrationKind.Death));
        Assert.Empty(logs.Lines);
    }

    private async Task RefusedAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await Assert.ThrowsAsync<TransientFailureException>(() => SaveAsync(RegistrationKind.Death));
        }
    }

    private async Task BirthsAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await SaveAsync(RegistrationKind.Birth);
        }
    }

    private async Task<EventRow> SaveAsync(RegistrationKind kind)
    {
        var row = new EventRow();
        await saves.SaveAsync(row, kind, "2026B1", "10001", default);
        return row;
    }
}
