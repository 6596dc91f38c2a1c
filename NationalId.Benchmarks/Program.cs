using NationalId.Benchmarks;

return await Suite.RunAsync(args);
