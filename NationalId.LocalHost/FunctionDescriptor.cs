using System.Globalization;
using System.Reflection;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;

namespace NationalId.LocalHost;

/// <summary>What one invocation has to offer to a function's parameters.</summary>
/// <param name="Http">The request, for an HTTP function.</param>
/// <param name="Payload">The trigger's own value: a queue message's text, a timer's JSON.</param>
/// <param name="Message">The queue message.</param>
/// <param name="Data">Values bound by name: route parameters, a message's metadata.</param>
/// <param name="Cancellation">Tells the function to stop.</param>
internal sealed record InvocationInput(
    HttpContext? Http,
    string? Payload,
    QueueMessage? Message,
    IReadOnlyDictionary<string, object?> Data,
    CancellationToken Cancellation
);

/// <summary>A method with <c>[Function]</c> and its one trigger.</summary>
internal sealed class FunctionDescriptor
{
    private readonly MethodInfo method;
    private readonly ObjectFactory? create;
    private readonly Func<InvocationInput, object?>[] binders;
    private readonly Func<object?, ValueTask<object?>> unwrap;

    private FunctionDescriptor(string name, MethodInfo method, Attribute trigger)
    {
        Name = name;
        Trigger = trigger;
        this.method = method;
        create = method.IsStatic ? null : ActivatorUtilities.CreateFactory(method.DeclaringType!, []);
        binders = [.. method.GetParameters().Select(Binder)];
        unwrap = Unwrapper(method.ReturnType);
    }

    public string Name { get; }

    /// <summary>The HttpTrigger, QueueTrigger or TimerTrigger attribute.</summary>
    public Attribute Trigger { get; }

    /// <summary>All functions of an assembly, by name.</summary>
    /// <exception cref="InvalidOperationException">Two have one name, or one has no trigger or a parameter that can't
    /// be bound.</exception>
    public static IReadOnlyList<FunctionDescriptor> FindIn(Assembly assembly)
    {
        const BindingFlags Public =
            BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var found =
            from type in assembly.GetExportedTypes()
            where !type.IsAbstract || type.IsSealed
            from candidate in type.GetMethods(Public)
            let function = candidate.GetCustomAttribute<FunctionAttribute>()
            where function is not null
            orderby function.Name
            select new FunctionDescriptor(function.Name, candidate, TriggerOf(candidate, function.Name));
        var functions = found.ToList();
        return
            functions
                .GroupBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
                .FirstOrDefault(group => group.Count() > 1)
                is { } twice
            ? throw new InvalidOperationException($"Two functions are named {twice.Key}.")
            : functions;
    }

    /// <summary>Runs the function in a scope of its own, as the worker does.</summary>
    /// <returns>What it returned; null when it returns nothing.</returns>
    public async Task<object?> InvokeAsync(IServiceProvider services, InvocationInput input)
    {
        var scope = services.CreateAsyncScope();
        await using (scope)
        {
            var instance = create?.Invoke(scope.ServiceProvider, []);
            var arguments = Array.ConvertAll(binders, bind => bind(input));
            var returned = method.Invoke(
                instance,
                BindingFlags.DoNotWrapExceptions,
                null,
                arguments,
                CultureInfo.InvariantCulture
            );
            return await unwrap(returned);
        }
    }

    private static Attribute TriggerOf(MethodInfo method, string name)
    {
        var triggers = method
            .GetParameters()
            .SelectMany(parameter => parameter.GetCustomAttributes())
            .Where(attribute => attribute is HttpTriggerAttribute or QueueTriggerAttribute or TimerTriggerAttribute)
            .ToList();
        return triggers.Count == 1
            ? triggers[0]
            : throw new InvalidOperationException(
                $"Function {name} has {triggers.Count} triggers that LocalHost knows; it must have one."
            );
    }

    private Func<InvocationInput, object?> Binder(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        var name = parameter.Name!;
        if (type == typeof(CancellationToken))
        {
            return input => input.Cancellation;
        }

        if (Trigger is HttpTriggerAttribute && type == typeof(HttpRequest))
        {
            return input => input.Http!.Request;
        }

        if (Trigger is HttpTriggerAttribute && type == typeof(HttpContext))
        {
            return input => input.Http;
        }

        if (Trigger is QueueTriggerAttribute && type == typeof(QueueMessage))
        {
            return input => input.Message;
        }

        if (
            parameter.GetCustomAttributes().Contains(Trigger)
            && Trigger is not HttpTriggerAttribute
            && (type == typeof(string) || type == typeof(object))
        )
        {
            return input => input.Payload;
        }

        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        return wanted == typeof(string) || wanted.IsPrimitive
            ? input =>
                input.Data.TryGetValue(name, out var value) && value is not null
                    ? Convert.ChangeType(value, wanted, CultureInfo.InvariantCulture)
                : parameter.HasDefaultValue ? parameter.DefaultValue
                : null
            : throw new InvalidOperationException(
                $"Function {Name}: LocalHost can't bind parameter '{name}' of type {type.Name}."
            );
    }

    private static Func<object?, ValueTask<object?>> Unwrapper(Type type)
    {
        if (type == typeof(ValueTask))
        {
            return async value =>
            {
                await ((ValueTask)value!);
                return null;
            };
        }

        var asTask =
            type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)
                ? type.GetMethod(nameof(ValueTask<>.AsTask))
                : null;
        var taskType = asTask?.ReturnType ?? type;
        if (!typeof(Task).IsAssignableFrom(taskType))
        {
            return ValueTask.FromResult;
        }

        var result = taskType.IsGenericType ? taskType.GetProperty(nameof(Task<>.Result)) : null;
        return async value =>
        {
            var task = (Task)(asTask is null ? value! : asTask.Invoke(value, null)!);
            await task;
            return result?.GetValue(task);
        };
    }
}
