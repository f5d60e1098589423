const runAction = async ({ event, environmentVariables }) => ({
  updateUser: { customData: { signIns: (event.user.customData.signIns ?? 0) + 1 } },
});
