const root = document.documentElement;
const filter = document.getElementById("filter");
const speak = language => { root.lang = language; filter.placeholder = filter.dataset[language]; };
const asked = location.hash.slice(1);
speak(["zh", "en"].includes(asked) ? asked : (navigator.language || "zh").startsWith("zh") ? "zh" : "en");
document.getElementById("language").onclick = () => speak(root.lang === "zh" ? "en" : "zh");

const rows = [...document.querySelectorAll("#failed tbody tr")];
filter.oninput = () => {
  const wanted = filter.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.dataset.words.toLowerCase().includes(wanted);
};

const copy = code => {
  navigator.clipboard?.writeText(code.textContent);
  code.classList.add("done");
  setTimeout(() => code.classList.remove("done"), 900);
};
for (const code of document.querySelectorAll("code")) {
  code.onclick = () => copy(code);
  code.onkeydown = event => { if (event.key === "Enter") copy(code); };
}
