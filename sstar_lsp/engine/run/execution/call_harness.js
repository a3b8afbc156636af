// Calls a candidate inside the box: reads the arguments as JSON, builds linked structures, writes the result as JSON.
//
// Put behind a candidate's program (call_forms.py), so that the lines of the program keep their numbers. ListNode, TreeNode and
// Node are those of the candidate, else those that call_forms.py puts before it.

function _sstar_call(form, entry, classes) {
  const fs = require("fs");
  const MOST_NODES = 100000;

  const plain = (value) => {
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== "object") return value;
    if ("$tuple" in value) return value.$tuple.map(plain);
    if ("$set" in value) return new Set(value.$set.map(plain));
    if ("$dict" in value) return new Map(value.$dict.map(([key, item]) => [plain(key), plain(item)]));
    if ("$float" in value) return { inf: Infinity, "-inf": -Infinity, nan: NaN }[value.$float];
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  };
  const node = (name, parts) => Object.assign(Object.create(classes[name].prototype), parts);
  const buildTree = (values) => {
    if (!values.length) return null;
    const nodes = values.map((v) => (v === null ? null : node("TreeNode", { val: v, left: null, right: null })));
    let place = 1;
    for (const one of nodes)
      if (one) for (const side of ["left", "right"]) if (place < nodes.length) one[side] = nodes[place++];
    return nodes[0];
  };
  const build = (kind, value) => {
    if (kind.startsWith("list[")) return value.map((item) => build(kind.slice(5, -1), item));
    if (!kind || value === null) return value;
    if (kind === "TreeNode") return buildTree(value);
    return value.reduceRight((next, val) => node("ListNode", { val, next }), null);
  };
  const meet = (one, seen) => {
    if (seen.has(one)) throw new Error("the linked structure has a cycle, or a node in two places");
    if (seen.size === MOST_NODES) throw new Error(`the linked structure has more than ${MOST_NODES} nodes`);
    return seen.add(one), one;
  };
  const readNodes = (kind, root) => {
    const values = [], seen = new Set();
    if (kind === "ListNode") {
      for (let one = root; one; one = one.next) values.push(meet(one, seen).val);
      return values;
    }
    const nodes = [root];
    for (const one of nodes) {
      values.push(one ? meet(one, seen).val : null);
      if (one) nodes.push(one.left, one.right);
    }
    while (values.length && values[values.length - 1] === null) values.pop();
    return values;
  };
  const read = (kind, value) => {
    if (kind.startsWith("list[")) return Array.from(value, (item) => read(kind.slice(5, -1), item));
    if (!kind) return value;
    if (value === null || value === undefined) return [];
    if (typeof value !== "object" || !("val" in value)) throw new TypeError(`the result is no ${kind}`);
    return readNodes(kind, value);
  };
  const text = (value) => {
    if (value === null) return "null";
    switch (typeof value) {
      case "boolean": return String(value);
      case "bigint": return String(value);
      case "string": return JSON.stringify(value);
      case "number":
        if (Number.isInteger(value)) return Math.abs(value) < 1e21 ? String(BigInt(value)) : String(value);
        return Number.isFinite(value) ? String(value) : `{"$float": "${String(value).replace("Infinity", "inf").replace("NaN", "nan")}"}`;
      case "object":
        if (Array.isArray(value) || ArrayBuffer.isView(value)) return `[${Array.from(value, text).join(", ")}]`;
        if (value instanceof Set) return `{"$set": [${Array.from(value, text).join(", ")}]}`;
        if (value instanceof Map) return `{"$dict": [${Array.from(value, ([k, v]) => `[${text(k)}, ${text(v)}]`).join(", ")}]}`;
        if (typeof value[Symbol.iterator] === "function") return `[${Array.from(value, text).join(", ")}]`;
        return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}: ${text(v)}`).join(", ")}}`;
    }
    throw new TypeError(`a result of type ${typeof value} has no JSON form`);
  };
  const made = (Owner, calls, given) => {
    if (calls.length !== given.length) throw new Error(`${calls.length} calls and ${given.length} lists of arguments`);
    const object = new Owner(...given[0]);
    return [null, ...calls.slice(1).map((name, at) => {
      const result = object[name](...given[at + 1]);
      return JSON.parse(text(result === undefined ? null : result));
    })];
  };

  const given = JSON.parse(fs.readFileSync(0, "utf8")).map((value, at) => build(form.arguments[at] || "", plain(value)));
  if (typeof entry !== "function") throw new ReferenceError(`the program defines no ${form.entry}`);
  let result = form.is_object ? made(entry, ...given) : entry(...given);
  if (form.judged_argument !== null) result = read(form.arguments[form.judged_argument] || "", given[form.judged_argument]);
  else if (!form.is_object) result = read(form.result, result);
  if (result && typeof result.then === "function") throw new TypeError("the function is async: return the value itself");
  const line = Buffer.from(text(result) + "\n");
  for (let done = 0; done < line.length; ) done += fs.writeSync(1, line, done);
}
