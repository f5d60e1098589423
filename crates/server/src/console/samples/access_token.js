const getCustomJwtClaims = async ({ token, context, environmentVariables }) => ({
  roles: context.user.roles.map(({ name }) => name),
});
