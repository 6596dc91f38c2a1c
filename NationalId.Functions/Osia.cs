using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using NationalId.Core.Osia;
using NationalId.Core.Platform;

namespace NationalId.Functions;

/// <summary>What an OSIA registry reads from us and tells us, and what a form reads there.</summary>
public sealed class Osia(
    Configured<DataAccessServer> data,
    Configured<RegistryNotices> notices,
    Configured<PrefillRoute> prefill
)
{
    [Function("OsiaFind")]
    [Operation(
        ApiTags.Osia,
        "People by their attributes, which are query parameters of the registry's own. One is the date of birth.",
        Proof = ApiProof.Bearer
    )]
    [Query("names", "The attributes to tell; without it, the numbers.")]
    [Query("offset", "How many to leave out.")]
    [Query("limit", "How many to tell.")]
    [Answers(200, "The people.", ContentType = "application/json")]
    [Answers(401, "Without a token of the registry.")]
    [Answers(403, "The token lacks the scope.")]
    [Refuses(400, 500, Schema = ApiSchemas.OsiaError)]
    [Answers(404, "Nobody is known by it.")]
    [Refuses(404)]
    public Task<IResult> FindAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/osia/v1/persons")] HttpRequest request
    ) => data.AnswerAsync(server => server.FindAsync(request));

    [Function("OsiaRead")]
    [Operation(ApiTags.Osia, "Attributes of a person.", Proof = ApiProof.Bearer)]
    [Query("attributeNames", "The attributes.", Required = true)]
    [Answers(200, "The attributes.", ContentType = "application/json")]
    [Answers(401, "Without a token of the registry.")]
    [Answers(403, "The token lacks the scope.")]
    [Refuses(400, 500, Schema = ApiSchemas.OsiaError)]
    [Answers(404, "Nobody is known by it.")]
    [Refuses(404)]
    public Task<IResult> ReadAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/osia/v1/persons/{uin}")] HttpRequest request,
        string uin
    ) => data.AnswerAsync(server => server.ReadAsync(request, uin));

    [Function("OsiaMatch")]
    [Operation(ApiTags.Osia, "Compares attributes of a person.", Proof = ApiProof.Bearer)]
    [Takes("application/json", "The attributes.")]
    [Answers(200, "Those that differ.", ContentType = "application/json")]
    [Answers(401, "Without a token of the registry.")]
    [Answers(403, "The token lacks the scope.")]
    [Refuses(400, 500, Schema = ApiSchemas.OsiaError)]
    [Answers(404, "Nobody is known by it.")]
    [Refuses(404)]
    public Task<IResult> MatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/osia/v1/persons/{uin}/match")]
            HttpRequest request,
        string uin
    ) => data.AnswerAsync(server => server.MatchAsync(request, uin));

    [Function("OsiaVerify")]
    [Operation(ApiTags.Osia, "Whether expressions about a person are all true.", Proof = ApiProof.Bearer)]
    [Takes("application/json", "The expressions.")]
    [Answers(200, "true or false.", ContentType = "application/json")]
    [Answers(401, "Without a token of the registry.")]
    [Answers(403, "The token lacks the scope.")]
    [Refuses(400, 500, Schema = ApiSchemas.OsiaError)]
    [Answers(404, "Nobody is known by it.")]
    [Refuses(404)]
    public Task<IResult> VerifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/osia/v1/persons/{uin}/verify")]
            HttpRequest request,
        string uin
    ) => data.AnswerAsync(server => server.VerifyAsync(request, uin));

    [Function("OsiaDocument")]
    [Operation(ApiTags.Osia, "A document of a person. None are served.", Proof = ApiProof.Bearer)]
    [Query("doctype", "Its type.", Required = true)]
    [Query("format", "pdf, jpeg or png.", Required = true)]
    [Answers(415, "Another format.")]
    [Answers(401, "Without a token of the registry.")]
    [Answers(403, "The token lacks the scope.")]
    [Refuses(400, 500, Schema = ApiSchemas.OsiaError)]
    [Answers(404, "Nobody is known by it.")]
    [Refuses(404)]
    public Task<IResult> DocumentAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "api/osia/v1/persons/{uin}/document")]
            HttpRequest request,
        string uin
    ) => data.AnswerAsync(server => server.DocumentAsync(request));

    [Function("OsiaNotify")]
    [Operation(ApiTags.Osia, "A notification of the registry.", Proof = ApiProof.Address)]
    [Takes("application/json", "The notification.")]
    [Answers(200, "It is taken, also when there is nothing to do.")]
    [Answers(404, "Not this secret.")]
    [Refuses(500, Schema = ApiSchemas.OsiaError)]
    [Refuses(404)]
    public Task<IResult> NotifyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/osia/notify/{secret}")] HttpRequest request,
        string secret
    ) => notices.AnswerAsync(intake => intake.TakeAsync(request, secret));

    [Function("OsiaPrefill")]
    [Operation(ApiTags.Osia, "Attributes of a person, for a form of OpenCRVS.", Proof = ApiProof.Bearer)]
    [Takes("application/json", "nid: the number.")]
    [Answers(200, "The attributes.", ContentType = "application/json")]
    [Refuses(400, 401, 403, 404, 503)]
    public Task<IResult> PrefillAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/osia/prefill")] HttpRequest request
    ) => prefill.AnswerAsync(route => route.AnswerAsync(request));
}
