window.oneTap = ({ credential }) => {
  const form = document.getElementById("one-tap");
  form.elements.credential.value = credential;
  form.submit();
};
