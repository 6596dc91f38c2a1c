using NationalId.Core.Mosip.Ida;
using NationalId.Core.Registry;

namespace NationalId.Tests.Mosip;

public sealed class IdaMappingTests
{
    private readonly IdaMapping mapping = new();

    [Theory]
    [InlineData("en", "eng")]
    [InlineData("am", "amh")]
    [InlineData("ti", "tir")]
    [InlineData("km", "khm")]
    [InlineData("si", "sin")]
    [InlineData("rw", "kin")]
    [InlineData("fr", "fra")]
    [InlineData("EN", "eng")]
    [InlineData(" en ", "eng")]
    [InlineData("\u200Een", "eng")]
    [InlineData("en-GB", "eng")]
    [InlineData("pt_BR", "por")]
    [InlineData("zh-Hant", "zho")]
    [InlineData("sr-Latn-RS", "srp")]
    // ISO 639-3, among them codes that ISO 639-1 and 639-2 don't have.
    [InlineData("amh", "amh")]
    [InlineData("AMH", "amh")]
    [InlineData("fil", "fil")]
    [InlineData("prs", "prs")]
    [InlineData("swh", "swh")]
    // ISO 639-2's codes of libraries.
    [InlineData("fre", "fra")]
    [InlineData("ger", "deu")]
    [InlineData("chi", "zho")]
    [InlineData("per-AF", "fas")]
    // Withdrawn.
    [InlineData("iw", "heb")]
    [InlineData("in", "ind")]
    public void A_language_goes_out_as_its_three_letters(string language, string code) =>
        Assert.Equal(code, mapping.LanguageOf(language));

    [Theory]
    [InlineData("old")]
    [InlineData("OLD")]
    [InlineData("maiden")]
    [InlineData("nickname")]
    [InlineData("temp")]
    [InlineData("anonymous")]
    [InlineData("xx")]
    [InlineData("qqq")]
    [InlineData("und")]
    [InlineData("mul")]
    [InlineData("English")]
    [InlineData("e")]
    [InlineData("-en")]
    [InlineData("12")]
    [InlineData("አማ")]
    public void What_is_no_language_is_left_out_and_never_called_English(string language)
    {
        Assert.Null(mapping.LanguageOf(language));
        Assert.Empty(mapping.Text(language, "Tadesse"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \uFEFF")]
    [InlineData("official")]
    [InlineData("usual")]
    public void The_configured_language_stands_for_none(string? language)
    {
        mapping.Language = "fra";
        Assert.Equal("fra", mapping.LanguageOf(language));
    }

    [Fact]
    public void A_country_has_its_own_codes_and_can_leave_a_language_out()
    {
        mapping.Languages["zh-Hant"] = "zht";
        mapping.Languages["old"] = "old";
        mapping.Languages["am"] = "";
        Assert.Equal("zht", mapping.LanguageOf("zh-hant"));
        Assert.Equal("zho", mapping.LanguageOf("zh"));
        Assert.Equal("old", mapping.LanguageOf("old"));
        Assert.Null(mapping.LanguageOf("am"));
    }

    [Fact]
    public void All_two_letter_codes_are_known()
    {
        var letters = Enumerable.Range('a', 26).Select(letter => (char)letter).ToList();
        var known = letters
            .SelectMany(first => letters.Select(second => $"{first}{second}"))
            .Select(mapping.LanguageOf)
            .OfType<string>()
            .ToList();
        // 184, and five that were withdrawn.
        Assert.Equal(189, known.Count);
        Assert.Equal(184, known.Distinct().Count());
        Assert.All(known, code => Assert.Equal(code, mapping.LanguageOf(code)));
    }

    [Fact]
    public void Of_names_one_goes_out_for_each_language_the_first_of_the_record()
    {
        var names = mapping.Names([
            new PersonName("old", ["Old"], "Name"),
            new PersonName("am", ["ስም"], "ቤተሰብ"),
            new PersonName("en", [], null),
            new PersonName("en", ["Given"], "Family"),
            new PersonName("eng", ["Another"], "Family"),
            new PersonName("official", ["Third"], "Family"),
            new PersonName("xx", ["Fourth"], "Family"),
        ]);
        Assert.Equal([new IdaField("amh", "ስም ቤተሰብ"), new IdaField("eng", "Given Family")], names);
        Assert.Equal(new IdaField("eng", "Male"), Assert.Single(mapping.Gender(names, "male")));
        Assert.Equal(new IdaField("amh", "Male"), Assert.Single(mapping.Gender([names[0]], "male")));
        Assert.Equal(new IdaField("eng", "Female"), Assert.Single(mapping.Gender([], "female\u200E")));
        Assert.Empty(mapping.Gender(names, "unknown"));
    }

    [Theory]
    [InlineData("1990\u201101\u201102")]
    [InlineData("\u200E1990-01-02\u200F")]
    [InlineData("\u0661\u0669\u0669\u0660-\u0660\u0661-\u0660\u0662")]
    [InlineData("\u0967\u096F\u096F\u0966/\u0966\u0967/\u0966\u0968")]
    public void A_date_is_read_however_it_was_typed(string date) => Assert.Equal("1990/01/02", IdaMapping.Dob(date));
}
