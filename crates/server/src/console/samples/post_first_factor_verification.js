const runAction = async ({ event: { identifier, password, user }, environmentVariables: { DIRECTORY, KEY } }) => {
  const answer = await fetch(DIRECTORY, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ login: identifier.value, password }),
  });
  if (!answer.ok) return;
  const { name } = await answer.json();
  if (user) return { passwordVerified: true, updateUser: { name } };
  const member = { email: "primaryEmail", phone: "primaryPhone", username: "username" }[identifier.type];
  return { passwordVerified: true, createUser: { [member]: identifier.value, name } };
};
