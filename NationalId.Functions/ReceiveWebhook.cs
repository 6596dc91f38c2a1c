namespace NationalId.Functions;
