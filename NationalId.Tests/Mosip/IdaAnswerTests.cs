using System.Text;
using NationalId.Core.Ledger;
using NationalId.Core.Mosip.Ida;
using NationalId.Core.Platform.Http;

namespace NationalId.Tests.Mosip;

public sealed class IdaAnswerTests
{
    // What IDA documents of a person whom it can't recognise by name, gender and date of birth.
    private static readonly string[] OfThePerson =
    [
        "IDA-DEA-001",
        "IDA-DEA-003",
        "IDA-MLC-002",
        "IDA-MLC-003",
        "IDA-MLC-004",
        "IDA-MLC-005",
        "IDA-MLC-010",
        "IDA-MLC-014",
        "IDA-MLC-019",
        "IDA-MLC-022",
        "IDA-MLC-023",
        "IDA-MLC-027",
        "IDA-MLC-029",
    ];

    public static TheoryData<string> Families =>
        [
            "DEA",
            "MLC",
            "MPA",
            "OTA",
            "BIA",
            "RST",
            "IDV",
            "EKA",
            "SPA",
            "DPM",
            "KBT",
            "KYE",
            "IKB",
            "TOA",
            "VCI",
            "PSD",
        ];

    [Theory]
    [MemberData(nameof(Families))]
    public void Only_codes_about_the_person_s_data_are_a_verdict(string family)
    {
        foreach (var code in Enumerable.Range(1, 45).Select(number => $"IDA-{family}-{number:D3}"))
        {
            Assert.Equal(
                OfThePerson.Contains(code) ? IdaVerdict.NotRecognised
                    : family == "MPA" ? IdaVerdict.PartnerRefused
                    : IdaVerdict.TryLater,
                Refused(code).Verdict
            );
        }
    }

    [Theory]
    [InlineData("PMS_PMP_021", IdaVerdict.PartnerRefused)]
    [InlineData("PMS_PMP_025", IdaVerdict.PartnerRefused)]
    [InlineData("KER-SOT-008", IdaVerdict.TryLater)]
    [InlineData("KER-ATH-401", IdaVerdict.TryLater)]
    [InlineData("ida-dea-001", IdaVerdict.TryLater)]
    [InlineData(" IDA-DEA-001 ", IdaVerdict.NotRecognised)]
    [InlineData("IDA-DEA-0011", IdaVerdict.TryLater)]
    public void Codes_of_other_families_and_unknown_ones_wait(string code, IdaVerdict verdict) =>
        Assert.Equal(verdict, Refused(code).Verdict);

    [Theory]
    [InlineData("IDA-DEA-001", "IDA-DEA-002")]
    [InlineData("IDA-MLC-004", "")]
    [InlineData("IDA-MLC-004", "something new")]
    public void One_word_about_something_else_casts_doubt_on_the_others(params string[] codes)
    {
        Assert.Equal(IdaVerdict.TryLater, Refused(codes).Verdict);
        Assert.Equal(IdaVerdict.TryLater, Refused([.. codes.Reverse()]).Verdict);
    }

    [Theory]
    [InlineData("""{"response":{"authStatus":true,"authToken":null},"errors":null}""")]
    [InlineData("""{"response":{"authStatus":true,"authToken":""},"errors":[]}""")]
    [InlineData("""{"response":{"authStatus":true,"authToken":"   "}}""")]
    [InlineData("""{"response":{"authStatus":true,"authToken":17}}""")]
    [InlineData("""{"response":{"authStatus":true},"errors":[{"errorCode":"IDA-DEA-001"}]}""")]
    [InlineData("""{"response":{}}""")]
    [InlineData("""{"response":{"authStatus":null},"errors":null}""")]
    [InlineData("""{"response":{"authStatus":"false"}}""")]
    [InlineData("""{"response":{"authStatus":false},"errors":["IDA-DEA-001"]}""")]
    [InlineData("""{"response":{"authStatus":false},"errors":"IDA-DEA-001"}""")]
    [InlineData("""{"response":{"authStatus":false},"errors":{"errorCode":"IDA-MLC-007"}}""")]
    public void An_answer_that_does_not_say_who_it_is_nor_that_it_is_somebody_else_is_no_verdict(string json) =>
        Assert.Equal(IdaVerdict.TryLater, IdaAnswer.Read(Encoding.UTF8.GetBytes(json))!.Verdict);

    [Fact]
    public void A_single_error_that_is_no_list_is_an_error() =>
        Assert.Equal(
            IdaVerdict.NotRecognised,
            IdaAnswer
                .Read("""{"response":{"authStatus":false},"errors":{"errorCode":"IDA-DEA-001"}}"""u8.ToArray())!
                .Verdict
        );

    [Fact]
    public void Thousands_of_errors_count_for_the_verdict_and_few_are_kept()
    {
        var codes = Enumerable.Range(0, 6000).Select(number => "IDA-DEA-001").ToArray();
        var answer = Refused(codes);
        Assert.Equal(IdaVerdict.NotRecognised, answer.Verdict);
        Assert.InRange(answer.Errors.Count, 1, 20);
        Assert.Equal("IDA-DEA-001", answer.Codes);

        codes[5999] = "IDA-MLC-007";
        Assert.Equal(IdaVerdict.TryLater, Refused(codes).Verdict);
        Assert.InRange(
            Refused([.. codes.Select((_, number) => $"IDA-XYZ-{number:D4}")]).ToString().Length,
            10,
            PartnerText.LongestReason
        );
    }

    [Fact]
    public void What_an_error_says_is_cut_and_a_code_that_is_none_reaches_no_log()
    {
        var error = Refused(new string('x', 9000)).Errors[0];
        Assert.InRange(error.Code.Length, 1, 40);
        Assert.InRange(error.Message.Length, 1, 300);
        Assert.InRange(error.ActionMessage!.Length, 1, 300);
        foreach (var code in new[] { "4173269845016391", "Tadesse", "IDA-DEA-001 4173269845016391", "<b>", "" })
        {
            Assert.Equal("TryLater ?", Refused(code).ToString());
            Assert.Equal("other", Refused(code).CountedAs);
        }

        Assert.Equal("IDA-DEA-002", Refused("IDA-DEA-001", "IDA-DEA-002").CountedAs);
        Assert.Equal("other", Refused("IDA-XYZ-001").CountedAs);
        var token = new string('7', 100_000);
        var endless = IdaAnswer.Read(
            Encoding.UTF8.GetBytes($$$"""{"response":{"authStatus":true,"authToken":"{{{token}}}"}}""")
        )!;
        Assert.Null(endless.AuthToken);
        Assert.Equal("none", endless.CountedAs);
    }

    [Fact]
    public void A_row_has_room_for_whatever_is_noted()
    {
        var row = new EventRow();
        for (var attempt = 0; attempt < 100; attempt++)
        {
            row.Note(DateTimeOffset.UnixEpoch, EventState.Waiting, new string('\u2019', 20_000));
        }

        // A column of the table service holds 64 KiB of UTF-16.
        Assert.InRange(row.History.Length, 1000, 32 * 1024);
        Assert.InRange(row.Changes.Count, 2, 60);
        Assert.InRange(new TransientFailureException(new string('x', 100_000)).Reason.Length, 1, 300);
    }

    [Theory]
    [InlineData("four", 4, "four")]
    [InlineData("fives", 4, "fiv…")]
    [InlineData("ab\U0001F600c", 4, "ab…")]
    public void A_text_is_cut_between_characters(string text, int most, string expected) =>
        Assert.Equal(expected, PartnerText.Cut(text, most));

    private static IdaAnswer Refused(params string[] codes)
    {
        var text = new string('y', 9000);
        var errors = codes.Select(code =>
            codes.Length > 10
                ? $$"""{"errorCode":"{{code}}","errorMessage":"no"}"""
                : $$"""{"errorCode":"{{code}}","errorMessage":"{{text}}","actionMessage":"{{text}}"}"""
        );
        return IdaAnswer.Read(
            Encoding.UTF8.GetBytes(
                $$"""{"response":{"authStatus":false,"authToken":null},"errors":[{{string.Join(',', errors)}}]}"""
            )
        )!;
    }
}
