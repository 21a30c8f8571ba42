/** Marks the constants of a bundle, so that the user's bundler may leave out those that nothing uses: it cannot see that a call, a
 * spread or a power at the top of a module does nothing else.
 * @param code as esbuild prints it: a statement begins at the margin and ends before the next that does */
export function droppable(code) {
  const lines = code.split("\n");
  const begins = /^(?:var|let|const|function|async function|class|import|export|for|if|\/\/)\b|^\/\//;
  const out = [];
  for (let i = 0; i < lines.length; ) {
    const from = i++;
    while (i < lines.length && !begins.test(lines[i])) i++;
    out.push(marked(lines.slice(from, i).join("\n")));
  }
  return out.join("\n");
}

function marked(statement) {
  const [, name, value] = /^var (\w+) = ([\s\S]*);\s*$/.exec(statement) ?? [];
  if (name === undefined || /^(?:class\b|async\b|\(|[\w$]+ =>|"|\/)/.test(value)) return statement;
  // Strings may hold anything: shaders do.
  const bare = value.replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
  if (!/\(|\.\.\.|`| [-+*/%] |\*\*/.test(bare)) return statement;
  return `var ${name} = /* @__PURE__ */ (() => (${value}))();\n`;
}
