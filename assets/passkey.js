const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const toText = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const withBytes = (list) => list?.map((item) => ({ ...item, id: toBytes(item.id) }));
const canUsePasskeys = window.PublicKeyCredential && navigator.credentials;
for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = canUsePasskeys;
for (const form of canUsePasskeys ? document.querySelectorAll("form[data-passkey]") : []) {
  const isNew = form.dataset.passkey === "create";
  const { credential } = form.elements;
  const agree = document.querySelector("input[type=checkbox][name=agree]");
  let pending;
  const failed = form.querySelector(".wrong[role=alert]");
  const send = () => {
    if (agree && !agree.checked) {
      agree.addEventListener("change", send, { once: true });
      return agree.reportValidity();
    }
    if (agree && agree.form !== form) form.elements.agree.value = agree.value;
    form.submit();
  };
  const ask = async (mediation) => {
    pending?.abort();
    const { signal } = pending = new AbortController();
    const publicKey = JSON.parse(form.dataset.options);
    publicKey.challenge = toBytes(publicKey.challenge);
    publicKey.allowCredentials = withBytes(publicKey.allowCredentials);
    publicKey.excludeCredentials = withBytes(publicKey.excludeCredentials);
    if (isNew) publicKey.user.id = toBytes(publicKey.user.id);
    try {
      const made = await navigator.credentials[isNew ? "create" : "get"]({ publicKey, mediation, signal });
      const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = made.response;
      credential.value = JSON.stringify({
        type: "WebAuthn", id: made.id, rawId: toText(made.rawId), clientExtensionResults: {},
        response: {
          clientDataJSON: toText(clientDataJSON), attestationObject: toText(attestationObject),
          authenticatorData: isNew ? undefined : toText(authenticatorData), signature: toText(signature),
          userHandle: toText(userHandle) ?? undefined, transports: made.response.getTransports?.(),
        },
      });
      send();
    } catch (error) {
      if (signal.aborted || mediation) return;
      failed.hidden = false;
      suggest();
    }
  };
  const suggest = async () => {
    if (form.dataset.autofill === "yes" && await PublicKeyCredential.isConditionalMediationAvailable?.()) ask("conditional");
  };
  form.hidden = form.dataset.button === "no";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    delete form.dataset.sent;
    failed.hidden = true;
    if (!agree || agree.reportValidity()) ask();
  });
  suggest();
}
