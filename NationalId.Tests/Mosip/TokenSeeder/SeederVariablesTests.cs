using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NationalId.Core.Mosip;
using NationalId.Core.Mosip.TokenSeeder;
using NationalId.Core.Registry;

namespace NationalId.Tests.Mosip.TokenSeeder;

/// <summary>The Token Seeder's variables are read under the names that its docker-compose uses.</summary>
public sealed class SeederVariablesTests
{
    private static readonly Dictionary<string, string?> Variables = new()
    {
        ["TOKENSEEDER_MOSIP_AUTH__PARTNER_ID"] = "partner",
        ["TOKENSEEDER_MOSIP_AUTH__IDA_AUTH_ENV"] = "Developer",
        ["TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_URL"] = "https://ida.example/auth",
        ["TOKENSEEDER_MOSIP_AUTH_SERVER__IDA_AUTH_DOMAIN_URI"] = "https://domain.example",
        ["TOKENSEEDER_CRYPTO_ENCRYPT__ENCRYPT_CERT_PATH"] = "/keys/ida.pem",
        ["TOKENSEEDER_CRYPTO_SIGNATURE__SIGN_P12_FILE_PATH"] = "/keys/sign.p12",
        ["TOKENSEEDER_AUTHTOKEN__MANDATORY_VALIDATION_AUTH_FIELDS"] = """["name", "dob"]""",
        ["TOKENSEEDER_AUTHTOKEN__SYNC_TIMEOUT_SECONDS"] = "2.5",
        ["TOKENSEEDER_ROOT__SYNC_OPERATION_MODE"] = "false",
        ["TOKENSEEDER_ROOT__DEFAULT_LANG_CODE"] = "fra",
        ["TOKENSEEDER_ROOT__NAME_DELIMITER"] = "-",
        ["TOKENSEEDER_ROOT__FULL_ADDRESS_DELIMITER"] = ";",
        ["TOKENSEEDER_CLEANUP__CLEANUP_EXPIRY_SECONDS"] = "3600",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_variable_is_found_as_an_app_setting_and_as_an_environment_variable(bool isEnvironment)
    {
        var read = TokenSeederOptions.Read(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    Variables.Select(one =>
                        KeyValuePair.Create(isEnvironment ? one.Key.Replace("__", ":") : one.Key, one.Value)
                    )
                )
                .Build()
        );
        Assert.Equal(("partner", "Developer"), (read.PartnerId, read.IdaAuthEnvironment));
        Assert.Equal(
            ("https://ida.example/auth", "https://domain.example"),
            ($"{read.IdaAuthUrl}", read.IdaAuthDomainUri)
        );
        Assert.Equal(("/keys/ida.pem", "/keys/sign.p12"), (read.EncryptCertificatePath, read.SignP12Path));
        Assert.Equal(["name", "dob"], read.MandatoryFields);
        Assert.Equal((TimeSpan.FromSeconds(2.5), false), (read.SyncTimeout, read.SyncOperationMode));
        Assert.Equal(("fra", "-", ";"), (read.DefaultLanguage, read.NameDelimiter, read.FullAddressDelimiter));
        Assert.Equal(TimeSpan.FromHours(1), read.FileRetention);
    }

    [Theory]
    [InlineData("fra", null, "fra")]
    [InlineData("fra", "", "fra")]
    [InlineData("fra", "eng", "eng")]
    [InlineData(null, null, null)]
    public void A_request_that_names_no_language_is_in_that_of_the_setting(string? setting, string? named, string? used)
    {
        var line = Take(new TokenSeederOptions { DefaultLanguage = setting }, named);
        Assert.Equal(used, line.Language);
    }

    [Fact]
    public void A_name_is_built_with_the_delimiter_of_the_setting()
    {
        Assert.Equal("Ada Example", Take(new TokenSeederOptions(), null).Name);
        Assert.Equal("Ada_Example", Take(new TokenSeederOptions { NameDelimiter = "_" }, null).Name);
    }

    /// <summary>One country has one MOSIP: its numbers look alike wherever they are read.</summary>
    [Fact]
    public void How_numbers_look_is_what_the_settings_of_MOSIP_say()
    {
        var settings = TestSettings.Mosip(
            "UseDevelopmentStorage=true",
            ("NationalId:Mosip:UinLength", "12"),
            ("NationalId:Mosip:VidLength", "14"),
            ("NationalId:Mosip:CheckDigit", "false")
        );
        using var services = TestServices.Of(settings).BuildServiceProvider();
        var expected = new NationalIdFormat(12, 14, CheckDigit: false);
        Assert.Equal(expected, services.GetRequiredService<TokenSeederOptions>().NationalIdFormat);
        Assert.Equal(expected, services.GetRequiredService<MosipOptions>().NationalIdFormat);
    }

    private static SeederPerson Take(TokenSeederOptions options, string? language)
    {
        var fields = new Dictionary<string, string>
        {
            ["vid"] = SeederWorld.Vid(1),
            ["first"] = "Ada",
            ["last"] = "Example",
        };
        var mapping = new SeederMapping("vid", ["first", "last"], "gender", "dob", "phone", "mail", ["address"]);
        return mapping.Take(name => fields.GetValueOrDefault(name), language, options).Person!;
    }
}
