// Texts for llama_families.sh, from a seed: JSON strings, a line each, and the
// same as lengths (uint32, little-endian) and bytes.
//
//   node llama_texts.mjs JSON_LINES TEXTS
import fs from "fs";

const atoms = ["the", "The", " the", "th", "ed", "cat ", "12", "3", "é",
  "Привет", "中文", "🙂", "  ", "\n", "\t", "'ll", "'s", "!?", "...", "_a", "A1",
  " ", "hello", "\r\n", "the.", "\u00a0", "x"];

// A generator of 31 bits (Lehmer's, modulo 2^31 - 1).
let state = 20261128;
function random(below) {
  state = Number((BigInt(state) * 48271n) % 2147483647n);
  return state % below;
}

const [lines, binary] = process.argv.slice(2);
const texts = [""];
while (texts.length < 3000) {
  let text = "";
  for (let left = 1 + random(14); left > 0; --left) {
    text += atoms[random(atoms.length)];
  }
  texts.push(text);
}
fs.writeFileSync(lines, texts.map((t) => JSON.stringify(t) + "\n").join(""));
fs.writeFileSync(binary, Buffer.concat(texts.flatMap((text) => {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  return [size, bytes];
})));
