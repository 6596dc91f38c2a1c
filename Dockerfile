# The National ID client on Microsoft's Functions base image, for on premises: docs/on-premises.md.
#
# Tried by the team that wrote it: the commands of the build stage, on Debian; the published app on the Functions host 4.1037, built from its
# source. Checked by a test: this file's syntax. NOT tried: building and running this image, since neither Docker nor the two base images were
# at hand. Look up the current tags at mcr.microsoft.com and pin them by digest.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY . .
# CI restores from the locks alone.
RUN CI=true dotnet publish NationalId.Functions -c Release -r linux-x64 --self-contained false -o /out

FROM mcr.microsoft.com/azure-functions/dotnet-isolated:4-dotnet-isolated10.0
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true \
    FUNCTIONS_WORKER_RUNTIME=dotnet-isolated
COPY --from=build /out /home/site/wwwroot
EXPOSE 80
