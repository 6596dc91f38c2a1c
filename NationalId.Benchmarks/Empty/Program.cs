// Of the client's kind: no more of ASP.NET Core than it has itself.
var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore().UseUrls(args[1]);
builder.Services.AddRouting();
var app = builder.Build();
app.MapGet("/api/webhooks", (string challenge) => Results.Text(challenge));
app.Run();
