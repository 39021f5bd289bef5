/** Adds a button for copying to each text that is there to be copied. All else on the page is there without it. */
export const SCRIPT = `for (const pre of document.querySelectorAll("pre[data-copy]")) {
  const button = document.createElement("button");
  button.className = "copy";
  button.type = "button";
  button.textContent = "Copy " + pre.dataset.copy;
  button.addEventListener("click", async () => {
    const say = (text) => {
      button.textContent = text;
      setTimeout(() => { button.textContent = "Copy " + pre.dataset.copy; }, 2000);
    };
    try {
      await navigator.clipboard.writeText(pre.textContent);
      say("Copied");
    } catch {
      getSelection().selectAllChildren(pre);
      say("Selected: copy it with the keyboard");
    }
  });
  pre.after(button);
}
`;
