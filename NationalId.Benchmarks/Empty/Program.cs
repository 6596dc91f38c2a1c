var builder = WebApplication.CreateBuilder(args);
var app = builder.Build();
app.MapGet("/api/webhooks", (string challenge) => Results.Text(challenge));
app.Run();
