using NationalId.Sandbox;

return await SandboxProgram.RunAsync(args);
