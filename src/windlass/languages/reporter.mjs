const plain = (text) => String(text).replace(/[^\t\n\x20-\uD7FF\uE000-\uFFFD]/gu, "?").replace(/&/g, "&amp;")
  .replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
export default async function* (events) {
  const above = [];
  yield "<testsuites>\n";
  for await (const { type, data } of events) {
    if (type === "test:start") above[data.nesting] = data.name;
    if ((type !== "test:pass" && type !== "test:fail") || data.details?.type === "suite") continue;
    const file = data.nesting === 0 && data.file !== undefined && data.name === data.file;
    if (file && type === "test:pass") continue;
    const name = file ? "" : [...above.slice(0, data.nesting), data.name].join(" > ");
    const error = data.details?.error;
    const said = plain(String((error?.cause ?? error)?.message ?? error ?? "").split("\n")[0]);
    const aside = (data.skip ?? false) !== false || (data.todo ?? false) !== false;
    const result = aside ? "<skipped/>" : type === "test:fail" ? `<failure message="${said}"/>` : "";
    const seconds = (data.details?.duration_ms ?? 0) / 1000;
    yield `<testcase file="${plain(data.file ?? "")}" name="${plain(name)}" time="${seconds}">${result}</testcase>\n`;
  }
  yield "</testsuites>\n";
}
