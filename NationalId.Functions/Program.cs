using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NationalId.Core;
using NationalId.Functions;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddNationalId(builder.Configuration);
builder.Services.AddSingleton<IFunctionMetadataTransformer, OperatorLevel>();

// The host's own limit: what we refuse unread is read to its end up to here, or the host answers 500 in our place.
builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxRequestBodySize = 100 * 1024 * 1024);

// host.json's filters don't reach the worker: the host knows its lines as those of the function.
builder
    .Logging.AddFilter("Microsoft", LogLevel.Warning)
    // Its scope around each request is the path, and an OSIA registry's paths have people's numbers in them.
    .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
    .AddFilter("System", LogLevel.Warning)
    .AddFilter("Polly", LogLevel.Warning)
    .AddFilter("Azure", LogLevel.Warning);
builder.Build().Run();
