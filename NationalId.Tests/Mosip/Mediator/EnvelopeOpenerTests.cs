using System.Security.Cryptography.X509Certificates;
using NationalId.Core.Mosip.Mediator;
using NationalId.Core.Pipeline;
using NationalId.Core.Platform.Secrets;

namespace NationalId.Tests.Mosip.Mediator;

/// <summary>What MOSIP sealed for us is opened, also around a rotation of our key.</summary>
public sealed class EnvelopeOpenerTests
{
    private readonly TestSecrets secrets = new();

    public EnvelopeOpenerTests() => secrets.Values[SecretNames.OpenCrvsPrivateKey] = TestKeys.PrivatePem(TestKeys.Ours);

    [Fact]
    public async Task What_was_sealed_for_our_key_opens_without_another_look_at_the_secrets()
    {
        Assert.Equal("text"u8.ToArray(), await OpenAsync(SealedFor(TestKeys.Ours)));
        Assert.Empty(secrets.Refreshed);
    }

    [Fact]
    public async Task What_was_sealed_for_a_key_that_came_a_moment_ago_opens_with_it()
    {
        secrets.Fresh[SecretNames.OpenCrvsPrivateKey] = TestKeys.PrivatePem(TestKeys.Long);
        Assert.Equal("text"u8.ToArray(), await OpenAsync(SealedFor(TestKeys.Long)));
        Assert.Equal([SecretNames.OpenCrvsPrivateKey], secrets.Refreshed);
    }

    [Fact]
    public async Task What_no_key_of_ours_opens_is_to_be_sent_again_later_after_one_look_at_the_secrets()
    {
        var refused = await Assert.ThrowsAsync<ReturnException>(() => OpenAsync(SealedFor(TestKeys.Strangers)));
        Assert.Equal(503, refused.Status);
        Assert.Single(secrets.Refreshed);
    }

    [Fact]
    public async Task What_was_changed_is_told_at_once()
    {
        var changed = SealedFor(TestKeys.Ours);
        changed[^1] ^= 1;
        var failure = await Assert.ThrowsAsync<EnvelopeException>(() => OpenAsync(changed));
        Assert.Equal(EnvelopeFault.Tampered, failure.Fault);
        Assert.Empty(secrets.Refreshed);
    }

    private static byte[] SealedFor(X509Certificate2 receiver) =>
        Envelope.Seal("text"u8, receiver, TestKeys.Private(TestKeys.Theirs)).Data;

    private Task<byte[]> OpenAsync(byte[] envelope) =>
        new EnvelopeOpener(secrets.Keys(), secrets).OpenAsync(envelope, default);
}
