// Fingerprints of texts by Dolos: one JSON object in, one out. Found beside the library by its absolute path in argv.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules] = process.argv.slice(2);
const require = createRequire(`${modules}/@dodona/dolos-lib/dist/index.js`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const dolos = await import(pathToFileURL(`${modules}/@dodona/dolos-lib/dist/index.js`).href);

async function python() {
  try {
    return (await load("tree-sitter-python")).default;
  } catch {
    return (await load("@dodona/dolos-parsers")).default.python;
  }
}

const request = JSON.parse(readFileSync(0, "utf8"));
const language = new dolos.CustomTreeSitterLanguage("python", [".py"], python);
const tokenizer = await language.createTokenizer({ includeComments: false });
const index = new dolos.FingerprintIndex(request.length, 1);
const files = request.texts.map((text, number) => tokenizer.tokenizeFile(new dolos.File(`${number}.py`, text)));
const places = new Map(files.map((file, number) => [file.id, number]));
const prints = files.map(() => []);
index.addFiles(files);
for (const shared of index.sharedFingerprints()) {
  for (const file of shared.files()) {
    for (const { side } of shared.occurrencesOf(file)) {
      prints[places.get(file.id)].push([String(shared.hash), side.location.startRow, side.location.endRow]);
    }
  }
}
process.stdout.write(JSON.stringify(prints));
