using System.Diagnostics;
using System.Text.Json;
using NationalId.Sandbox.OpenCrvs;

namespace NationalId.Sandbox.Demo;

/// <summary>Shows a whole life by the control API: what happened, and after how many milliseconds.</summary>
internal sealed class Demonstration(ControlClient control, TextWriter output)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();

    public static async Task<int> RunAsync(Dictionary<string, string> options)
    {
        if (
            !options.TryGetValue("run-json", out var file)
            || options.GetValueOrDefault("until", "life") is not ("aid" or "life")
        )
        {
            await Console.Error.WriteLineAsync("demo needs --run-json FILE; --until is aid or life");
            return 2;
        }

        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(file));
        var run = json.RootElement;
        var name = ControlClient.Text(run, "clientName") ?? "MOSIP";
        var address = new Uri(ControlClient.Text(run, "controlUrl")!);
        using var control = new ControlClient(
            address,
            TimeSpan.FromSeconds(double.Parse(options.GetValueOrDefault("patience", "60")))
        );
        try
        {
            if (ControlClient.Text(run, "baseUrl") is { } baseUrl)
            {
                await control.PostAsync("/client", new { url = baseUrl });
            }

            var demonstration = new Demonstration(control, Console.Out);
            await (
                name == "MOSIP"
                    ? demonstration.MosipAsync(options.GetValueOrDefault("until", "life") == "life")
                    : demonstration.OtherAsync(name)
            );
            return 0;
        }
        catch (Exception e) when (e is StepMissingException or HttpRequestException or TaskCanceledException)
        {
            await Console.Out.WriteLineAsync("MISSING    " + e.Message);
            return 1;
        }
    }

    private async Task MosipAsync(bool life)
    {
        var birth = new BirthRecord
        {
            GivenNames = ["Amélie"],
            FamilyName = "D'Ávila (Ñandú)!",
            Gender = "female",
        };
        var brn = await BirthAsync(birth);
        var aid = await control.WaitAsync(
            $"/records/{brn}",
            $"the AID on birth {brn}",
            record => ControlClient.Text(record, "aid")
        );
        Say($"MOSIP took the birth; its application id {aid} is on the record");
        if (life)
        {
            await LifeAsync(birth, brn);
        }
        else
        {
            await ForwardedDeathAsync();
        }

        output.WriteLine($"AID {aid}");
    }

    private async Task ForwardedDeathAsync()
    {
        var drn = await DeathAsync(new DeathRecord());
        try
        {
            await ReceivedAsync(drn, TimeSpan.FromSeconds(10));
            Say("MOSIP took the death");
        }
        catch (StepMissingException)
        {
            Say("the death is stored and waits for delivery");
        }
    }

    private async Task LifeAsync(BirthRecord birth, string brn)
    {
        var person = await PersonAsync(brn, "the person in MOSIP", one => one);
        if (
            await control.WaitAsync(
                $"/records/{brn}",
                "the record",
                record => ControlClient.Text(record, "uinToken") ?? ""
            ) == ""
        )
        {
            var answer = (await control.PostAsync($"/mosip/token/{brn}", new { })).GetProperty("status").GetInt32();
            if (answer is < 200 or >= 300)
            {
                throw new StepMissingException($"the client should have taken the UIN token and answered {answer}");
            }
        }

        await control.WaitAsync(
            $"/records/{brn}",
            $"the UIN token on birth {brn}",
            record => ControlClient.Text(record, "uinToken")
        );
        Say("MOSIP sent the UIN token; it is on the record");

        var death = new DeathRecord
        {
            GivenNames = birth.GivenNames,
            FamilyName = birth.FamilyName,
            Gender = birth.Gender,
            BirthDate = birth.BirthDate,
            NationalId = ControlClient.Text(person, "vid"),
        };
        // A death with a wrong name comes after the right one: by then the VID is no longer active, so it gets a life
        // of its own.
        var drn = await DeathAsync(death);
        var link = await ReceivedAsync(drn);
        if (!link.GetProperty("linked").GetBoolean())
        {
            throw new StepMissingException($"death {drn} reached MOSIP, but not linked to birth {brn}");
        }

        Say($"MOSIP took the death, linked to the birth by {ControlClient.Text(link, "linkedBy")}");
        await PersonAsync(
            brn,
            "the person's deactivation",
            one => one.GetProperty("active").GetBoolean() ? null : (object)true
        );
        Say("the UIN is deactivated");
        await WrongNameAsync();
    }

    private async Task WrongNameAsync()
    {
        var birth = new BirthRecord
        {
            GivenNames = ["Kwame"],
            FamilyName = "Okonjo",
            Gender = "male",
        };
        var brn = await BirthAsync(birth);
        var person = await PersonAsync(brn, "the second person in MOSIP", one => one);
        var drn = await DeathAsync(
            new DeathRecord
            {
                GivenNames = ["Somebody"],
                FamilyName = "Else",
                Gender = birth.Gender,
                BirthDate = birth.BirthDate,
                NationalId = ControlClient.Text(person, "vid"),
            }
        );
        await control.WaitAsync(
            "/mosip/received",
            "IDA's refusal of the wrong name (IDA-DEA-001)",
            all =>
                all.GetProperty("authentications").EnumerateArray().Any(answer => answer.GetString() == "IDA-DEA-001")
                    ? all.GetRawText()
                    : null
        );
        Say("IDA refused the second death's name (IDA-DEA-001)");
        if ((await ReceivedAsync(drn)).GetProperty("linked").GetBoolean())
        {
            throw new StepMissingException($"death {drn} has a wrong name and was linked all the same");
        }

        Say("MOSIP took the second death, unlinked; nobody was deactivated");
    }

    private async Task OtherAsync(string name)
    {
        var birth = new BirthRecord
        {
            GivenNames = ["Siân"],
            FamilyName = "O'Nell*",
            Gender = "female",
        };
        var brn = await BirthAsync(birth);
        var number = await control.WaitAsync(
            $"/records/{brn}",
            $"the national id on birth {brn}",
            record => ControlClient.Text(record, "nationalId")
        );
        Say($"{name} gave the number {number}; it is on the record");
        await DeathAsync(
            new DeathRecord
            {
                GivenNames = birth.GivenNames,
                FamilyName = birth.FamilyName,
                Gender = birth.Gender,
                BirthDate = birth.BirthDate,
                NationalId = number,
            }
        );
        await control.WaitAsync(
            "/nid/numbers",
            $"the invalidation of {number}",
            all =>
                all.EnumerateArray()
                    .Any(one => ControlClient.Text(one, "number") == number && !one.GetProperty("valid").GetBoolean())
                    ? number
                    : null
        );
        Say($"{name} took the death; the number is invalid");
        output.WriteLine($"number {number}");
    }

    private Task<string> BirthAsync(BirthRecord record) => SendAsync("/births", record, "birth");

    private Task<string> DeathAsync(DeathRecord record) => SendAsync("/deaths", record, "death");

    private async Task<string> SendAsync(string path, object record, string kind)
    {
        var answer = await control.PostAsync(path, record);
        var number = ControlClient.Text(answer, "registrationNumber")!;
        var status = answer.TryGetProperty("status", out var value) ? value.GetRawText() : "nothing";
        Say($"{kind} {number} registered; the webhook answered {status}");
        return status == "202"
            ? number
            : throw new StepMissingException($"the webhook should have answered 202 and answered {status}");
    }

    private async Task<JsonElement> ReceivedAsync(string number, TimeSpan? patience = null)
    {
        var found = await control.WaitAsync(
            "/mosip/received",
            $"{number} at MOSIP",
            all =>
                all.GetProperty("received")
                    .EnumerateArray()
                    .Where(item => ControlClient.Text(item, "registrationNumber") == number)
                    .Cast<object>()
                    .FirstOrDefault(),
            patience
        );
        return (JsonElement)found;
    }

    private async Task<JsonElement> PersonAsync(string brn, string what, Func<JsonElement, object?> found)
    {
        var person = await control.WaitAsync(
            "/mosip/persons",
            what,
            all =>
                all.EnumerateArray()
                    .Where(one => ControlClient.Text(one, "birthRegistrationNumber") == brn && found(one) is not null)
                    .Cast<object>()
                    .FirstOrDefault()
        );
        return (JsonElement)person;
    }

    private void Say(string what) => output.WriteLine($"{clock.ElapsedMilliseconds}".PadLeft(6) + $" ms  {what}");
}
