namespace NationalId.Sandbox.OpenCrvs.Events;

/// <summary>An error of core, as tRPC and REST tell it.</summary>
internal sealed class CoreException(int status, string code, int number, string message) : Exception(message)
{
    public int Status => status;

    /// <summary>The name, e.g. CONFLICT.</summary>
    public string Code => code;

    /// <summary>tRPC's number for it.</summary>
    public int Number => number;

    public static CoreException BadRequest(string message) => new(400, "BAD_REQUEST", -32600, message);

    public static CoreException Unauthorized(string message) => new(401, "UNAUTHORIZED", -32001, message);

    public static CoreException Forbidden(string message = "FORBIDDEN") => new(403, "FORBIDDEN", -32003, message);

    public static CoreException NotFound(string message) => new(404, "NOT_FOUND", -32004, message);

    public static CoreException NoEvent(string id) => NotFound($"Event not found with ID: {id}");

    public static CoreException MethodNotSupported(string message) => new(405, "METHOD_NOT_SUPPORTED", -32005, message);

    public static CoreException Conflict(string message) => new(409, "CONFLICT", -32009, message);

    public static CoreException Internal(string message) => new(500, "INTERNAL_SERVER_ERROR", -32603, message);
}
