using System.Diagnostics;
using System.Text.Json;
using NationalId.Sandbox.OpenCrvs;
using NationalId.Sandbox.OpenCrvs.Events;

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
                ControlClient.Text(run, "system") == "mosip-packets" ? demonstration.PacketsAsync()
                : ControlClient.Text(run, "system") == "osia" ? demonstration.OsiaAsync()
                : ControlClient.Text(run, "openCrvsVersion") is "1.9" or "2.0" or "2.1"
                    ? demonstration.EventsAsync(name, run)
                : name == "MOSIP" ? demonstration.MosipAsync(options.GetValueOrDefault("until", "life") == "life")
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

    /// <summary>The child of every life. Its name is one that lazy encodings spoil.</summary>
    private static BirthRecord Child() =>
        new()
        {
            GivenNames = ["Amélie"],
            FamilyName = "D'Ávila (Ñandú)!",
            Gender = "female",
        };

    private async Task MosipAsync(bool life)
    {
        var birth = Child();
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

    private async Task PacketsAsync()
    {
        var birth = Child();
        var brn = await BirthAsync(birth);
        var packet = await PacketAsync("birthCertificateNumber", brn);
        Say($"MOSIP has processed the packet {ControlClient.Text(packet, "id")}");
        var person = await PersonAsync(brn, "the person in MOSIP", one => one);
        var uin = ControlClient.Text(person, "uin")!;
        Say("the child has a UIN");
        var death = new DeathRecord
        {
            GivenNames = birth.GivenNames,
            FamilyName = birth.FamilyName,
            Gender = birth.Gender,
            BirthDate = birth.BirthDate,
            NationalId = uin,
        };
        await DeathAsync(death);
        await PacketAsync("UIN", uin);
        Say("IDA recognised the deceased, and MOSIP has processed the death's packet");
        await PersonAsync(
            brn,
            "the person's deactivation",
            one => one.GetProperty("active").GetBoolean() ? null : (object)true
        );
        Say("the UIN is deactivated");
        output.WriteLine($"registration id {ControlClient.Text(packet, "id")}");
    }

    private async Task OsiaAsync()
    {
        var birth = Child();
        var brn = await BirthAsync(birth);
        var uin = await control.WaitAsync(
            $"/records/{brn}",
            $"the UIN on birth {brn}",
            record => ControlClient.Text(record, "nationalId")
        );
        Say("the generator has drawn a UIN; it is on the record");
        await RegistryAsync(uin, "ALIVE");
        Say("the registry has read the child from the client and registered it");
        await DeathAsync(
            new DeathRecord
            {
                GivenNames = birth.GivenNames,
                FamilyName = birth.FamilyName,
                Gender = birth.Gender,
                BirthDate = birth.BirthDate,
                NationalId = uin,
            }
        );
        await RegistryAsync(uin, "DEAD");
        Say("the registry recognised the deceased, read the death from the client and has the person dead");
        output.WriteLine($"UIN {uin}");
    }

    private Task RegistryAsync(string uin, string status) =>
        control.WaitAsync(
            "/osia/persons",
            $"a person in the registry who is {status}",
            all =>
                all.EnumerateArray()
                    .Any(one =>
                        ControlClient.Text(one, "uin") == uin && ControlClient.Text(one, "physicalStatus") == status
                    )
                    ? status
                    : null
        );

    private async Task<JsonElement> PacketAsync(string field, string value) =>
        (JsonElement)
            await control.WaitAsync(
                "/mosip/packets",
                $"a packet whose {field} is {value}",
                all =>
                    all.EnumerateArray()
                        .Where(one =>
                            ControlClient.Text(one, "status") == "PROCESSED"
                            && ControlClient.Text(one.GetProperty("fields"), field) == value
                        )
                        .Cast<object>()
                        .FirstOrDefault()
            );

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

    /// <summary>1.9's new events and later: core calls by a trigger, and the record waits until we accept.</summary>
    private async Task EventsAsync(string name, JsonElement run)
    {
        var (birth, brn) = await RegisterAsync("birth", null);
        var number = await control.WaitAsync(
            $"/registrations/{birth}",
            $"the national id on birth {brn}",
            record => ControlClient.Text(record.GetProperty("record").GetProperty("declaration"), "child.nid")
        );
        Say($"{name} gave the number {number}; it is on the record");
        var (_, drn) = await RegisterAsync("death", number);
        await control.WaitAsync(
            "/nid/numbers",
            $"the invalidation of {number}",
            all =>
                all.EnumerateArray()
                    .Any(one => ControlClient.Text(one, "number") == number && !one.GetProperty("valid").GetBoolean())
                    ? number
                    : null
        );
        Say($"{name} took death {drn}; the number is invalid");
        if (ControlClient.Text(run, "openCrvsVersion") is "2.0" or "2.1" && run.TryGetProperty("functionKeys", out _))
        {
            await LostAsync(name, run);
        }

        output.WriteLine($"number {number}");
    }

    /// <summary>A trigger that gets lost: OpenCRVS repeats none, so the client has to look for itself.</summary>
    private async Task LostAsync(string name, JsonElement run)
    {
        await control.PostAsync(
            "/faults",
            new
            {
                target = "country-forward",
                fault = nameof(Fault.Down),
                times = 1,
            }
        );
        var (birth, brn) = await RegisterAsync("birth", null, "the trigger gets lost, and nobody repeats it");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var order = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri(new Uri(ControlClient.Text(run, "baseUrl")!), "api/ops/reconcile")
        );
        order.Headers.Add("x-functions-key", ControlClient.Text(run.GetProperty("functionKeys"), "admin"));
        order.Headers.Add("X-Requested-With", "NationalId");
        order.Content = JsonContent.Create(new { from = DateTimeOffset.UtcNow.AddHours(-1) });
        using var answer = await http.SendAsync(order);
        if (!answer.IsSuccessStatusCode)
        {
            throw new StepMissingException($"the client should have begun to reconcile, not {(int)answer.StatusCode}");
        }

        Say("an operator has the client compare what OpenCRVS holds");
        var number = await control.WaitAsync(
            $"/registrations/{birth}",
            $"the national id on birth {brn}, which was lost",
            record => ControlClient.Text(record.GetProperty("record").GetProperty("declaration"), "child.nid")
        );
        Say($"birth {brn} is recovered; {name} gave the number {number}, and it is on the record");
    }

    private async Task<(string EventId, string RegistrationNumber)> RegisterAsync(
        string kind,
        string? nationalId,
        string then = "the trigger is taken"
    )
    {
        var declaration = new System.Text.Json.Nodes.JsonObject();
        if (nationalId is not null)
        {
            declaration["deceased.nid"] = nationalId;
        }

        var order = new RegistrationOrder { Type = kind, Declaration = declaration };
        var answer = await control.PostAsync("/registrations", order);
        var (id, status) = (ControlClient.Text(answer, "eventId")!, answer.GetProperty("status").GetInt32());
        if (status != 200)
        {
            throw new StepMissingException($"the registrar of the {kind} should have got 200 and got {status}");
        }

        Say($"a registrar registered {kind} {ControlClient.Text(answer, "trackingId")}; {then}");
        var number = await control.WaitAsync(
            $"/registrations/{id}",
            $"the acceptance of the {kind}",
            record =>
                record
                    .GetProperty("record")
                    .GetProperty("registrationNumbers")
                    .EnumerateArray()
                    .Select(one => one.GetString())
                    .SingleOrDefault()
        );
        Say($"the registration is accepted as {number}");
        return (id, number);
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
