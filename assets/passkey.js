const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const toText = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (list) => list?.map((item) => ({ ...item, id: toBytes(item.id) }));
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !navigator.credentials) continue;
  const isNew = form.dataset.passkey === "create";
  const failed = form.querySelector(".wrong");
  let pending;
  const ask = async (mediation) => {
    pending?.abort();
    pending = new AbortController();
    const publicKey = JSON.parse(form.dataset.options);
    publicKey.challenge = toBytes(publicKey.challenge);
    publicKey.allowCredentials = withBytes(publicKey.allowCredentials);
    publicKey.excludeCredentials = withBytes(publicKey.excludeCredentials);
    if (isNew) publicKey.user.id = toBytes(publicKey.user.id);
    try {
      const request = { publicKey, mediation, signal: pending.signal };
      const made = await (isNew ? navigator.credentials.create(request) : navigator.credentials.get(request));
      const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = made.response;
      form.elements.credential.value = JSON.stringify({
        type: "WebAuthn", id: made.id, rawId: toText(made.rawId), clientExtensionResults: {},
        response: {
          clientDataJSON: toText(clientDataJSON), attestationObject: toText(attestationObject),
          authenticatorData: isNew ? undefined : toText(authenticatorData), signature: toText(signature),
          userHandle: toText(userHandle) ?? undefined, transports: made.response.getTransports?.(),
        },
      });
      form.submit();
    } catch (error) {
      if (error.name !== "AbortError" && mediation !== "conditional") failed.hidden = false;
    }
  };
  form.hidden = form.dataset.button === "no";
  form.addEventListener("submit", (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    delete form.dataset.sent;
    failed.hidden = true;
    ask();
  });
  if (form.dataset.autofill === "yes") {
    PublicKeyCredential.isConditionalMediationAvailable?.().then((available) => available && ask("conditional"));
  }
}
