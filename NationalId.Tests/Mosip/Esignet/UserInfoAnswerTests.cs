using System.Text.Json;
using NationalId.Core.Mosip.Esignet;
using NationalId.Core.Mosip.Ida;

namespace NationalId.Tests.Mosip.Esignet;

/// <summary>The country's form gets what mosip-api gave it.</summary>
public sealed class UserInfoAnswerTests
{
    [Fact]
    public void OpenCRVS_s_mock_is_answered_as_mosip_api_answers()
    {
        // What esignet-mock told, and what mosip-api 1.9 made of it.
        var answer = Write(
            """
            {"sub":"405710304278395","name":"Jenny Doe","given_name":"Jenny","family_name":"Doe","middle_name":"Debra",
            "gender":"female","birthdate":"2002/02/01"}
            """
        );
        Assert.Equal(
            """
            {"name":{"firstname":"Jenny","middlename":"Debra","surname":"Doe"},"gender":"female",
            "dobUnknown":null,"birthDate":"2002-02-01","verificationStatus":"authenticated","idType":null,"nid":null}
            """.ReplaceLineEndings(""),
            answer
        );
    }

    [Fact]
    public void Since_OpenCRVS_2_0_the_form_gets_the_number_and_e_Signet_s_own_name_of_the_person() =>
        Assert.Equal(
            """
            {"sub":"1","name":{"firstname":"Zita"},"gender":"male","verificationStatus":"authenticated",
            "idType":"NATIONAL_ID","nid":"5408602380"}
            """.ReplaceLineEndings(""),
            Write("""{"sub":"1","name#en":"Zita","gender#fr":"MALE","individual_id":"5408602380"}""", is2: true)
        );

    [Theory]
    [InlineData(NameRule.FirstMiddleLast, "Ana María Gómez Ruiz", "Ana", "María Gómez", "Ruiz")]
    [InlineData(NameRule.FirstMiddleLast, "Ana Ruiz", "Ana", null, "Ruiz")]
    [InlineData(NameRule.FirstMiddleLast, " Ana ", "Ana", null, null)]
    [InlineData(NameRule.LastIsSurname, "Ana María Ruiz", "Ana María", null, "Ruiz")]
    [InlineData(NameRule.LastTwoAreSurname, "Ana María Gómez Ruiz", "Ana María", null, "Gómez Ruiz")]
    [InlineData(NameRule.LastTwoAreSurname, "Ana Ruiz", "Ana", null, "Ruiz")]
    [InlineData(NameRule.FirstIsSurname, "Nguyễn Văn An", "Văn An", null, "Nguyễn")]
    [InlineData(NameRule.Whole, "Ana María Ruiz", "Ana María Ruiz", null, null)]
    public void A_name_is_split_as_the_country_does(
        NameRule rule,
        string whole,
        string first,
        string? middle,
        string? last
    ) => Assert.Equal((first, middle, last), UserInfoAnswer.Split(whole, rule));

    [Theory]
    [InlineData("{}", """{"name":{},"verificationStatus":"authenticated","idType":null,"nid":null}""")]
    [InlineData(
        """{"birthdate":"soon","gender":7}""",
        """{"name":{},"dobUnknown":null,"birthDate":"","verificationStatus":"authenticated","idType":null,"nid":null}"""
    )]
    public void What_e_Signet_does_not_tell_is_not_there(string claims, string answer) =>
        Assert.Equal(answer, Write(claims));

    private static string Write(string claims, bool is2 = false) =>
        UserInfoAnswer
            .Write(
                JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(claims)!,
                NameRule.FirstMiddleLast,
                new IdaMapping(),
                is2
            )
            .ToJsonString();
}
