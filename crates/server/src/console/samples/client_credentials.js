const getCustomJwtClaims = async ({ token, context, environmentVariables }) => ({
  plan: context.application?.customData?.plan ?? "free",
});
