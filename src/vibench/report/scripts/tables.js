// Tables: sorting, saving, and the chooser of heat maps.
function sortBy(table, column, header) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const key = (row) => row.cells[column].dataset.key;
  const rows = [...table.tBodies[0].rows];
  const numeric = rows.every((row) => key(row) === "" || Number.isFinite(Number(key(row))));
  rows.sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === "" || right === "") return (left === "") - (right === "");
    const order = numeric ? left - right : left.localeCompare(right);
    return descending ? -order : order;
  });
  table.tBodies[0].append(...rows);
}

function download(name, kind) {
  const type = { csv: "text/csv", tex: "application/x-tex" }[kind];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data.files[name][kind]], { type }));
  link.download = `${name}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000); // some browsers read it only then
}

function startTables() {
  for (const table of document.querySelectorAll("table.data")) {
    [...table.tHead.rows[0].cells].forEach((header, column) =>
      header.querySelector("button").addEventListener("click", () => sortBy(table, column, header)),
    );
  }
  for (const button of document.querySelectorAll(".download")) {
    button.addEventListener("click", () => download(button.dataset.table, button.dataset.kind));
  }
  const maps = [...document.querySelectorAll(".heat")];
  document.getElementById("heat")?.addEventListener("change", ({ target }) =>
    maps.forEach((map, place) => (map.hidden = place !== Number(target.value))),
  );
}
