// What tokenizers.sh runs:
//   node tokenizers.mjs texts TOKENIZER_JSON COUNT        JSON strings, a line each
//   node tokenizers.mjs compare TOKENIZER_JSON TEXTS IDS  IDS of encode_lines
import fs from "fs";
import {createRequire} from "module";

const [command, path, third, fourth] = process.argv.slice(2);
const json = JSON.parse(fs.readFileSync(path, "utf8"));

// A generator of 31 bits (Lehmer's, modulo 2^31 - 1).
let state = 20261128;
function random(below) {
  state = Number((BigInt(state) * 48271n) % 2147483647n);
  return state % below;
}
const pick = (list) => list[random(list.length)];

const words = `the The THE hello Hello don't DON'T I'll we've He'd it's IT'S
  can't you're o'clock isn’t naïve Straße ﬁre ǅungla ЖЁлка привет ПРИВЕТ δοκιμή
  İstanbul ıssız 中文 日本語 ひらがな カタカナ 한국어 ไทย हिन्दी العربية עברית 12 123 1234
  12345678 3.14 1,000,000 ² ½ Ⅳ ٣٤٥ a1b2 x_y camelCase HTTPServer snake_case
  <|endoftext|> <|begin_of_text|> <bos> </s> <s> [INST] <pad> <|im_start|> foo(bar)[0]={1}; //
  # -- == /**/ \\n https://x.y/z?q=1&r=2 a@b.c C++ .NET 's 'S 'll 'LL 've 're 'm 'd
  'ſ x'ſ e\u0301 n\u0303 \u212b \u2126 ① ａｂｃ １２３ 가\u11a8`.split(/[ \n]+/);
const spaces = [" ", "  ", "   ", "\t", "\n", "\n\n", "\r\n", "\r", "\v", "\f",
  "\u0085", "\u00a0", "\u1680", "\u180e", "\u2000", "\u200b", "\u2028", "\u2029",
  "\u202f", "\u205f", "\u3000", "\ufeff", " \n", "\n ", "\x1c", "\0", "▁"];
const signs = [..."!?.,;:'\"()[]{}<>/\\|@#$%^&*-_+=~`’“”…–—¿。、！？€£°×∞→★😀☃",
  "👍🏽", "👨‍👩‍👧", "🇩🇪", "❤️", "\u20dd", "\u200d", "\ufffd"];
// Blocks that Unicode has not added to since version 13.
const blocks = [[0, 0x24f], [0x300, 0x36f], [0x386, 0x3ff], [0x400, 0x4ff],
  [0x5d0, 0x5ea], [0x620, 0x64a], [0x904, 0x939], [0xe01, 0xe3a],
  [0x1100, 0x11ff], [0x1e00, 0x1eff], [0x2000, 0x205e], [0x2190, 0x23ff],
  [0x3041, 0x30ff], [0x4e00, 0x9fa5], [0xac00, 0xd7a3], [0xe000, 0xf8ff],
  [0xff01, 0xffee], [0x10400, 0x1044f], [0x1d400, 0x1d7ff], [0x1f300, 0x1f5ff],
  [0x20000, 0x2a6d6]];

function character() {
  const [first, last] = pick(blocks);
  return String.fromCodePoint(first + random(last - first + 1));
}

function atom() {
  const kind = random(10);
  if (kind < 4) return pick(words);
  if (kind < 6) return pick(spaces);
  if (kind < 7) return pick(signs);
  if (kind < 8) return character();
  if (kind < 9) {
    return pick([character(), "a", "A", "1", " ", "\n", "!", "あ", "\u0301"])
        .repeat(1 + random(random(10) === 0 ? 80 : 6));
  }
  return pick([" ", "\n", ", ", ". "]);
}

function text(sentencepiece) {
  let all = "";
  for (let left = random(random(4) === 0 ? 40 : 12); left >= 0; --left) {
    all += atom();
  }
  // What we read differently on purpose: docs/supported.md.
  return sentencepiece ? all.replaceAll("▁", "").replaceAll("<unk>", "") : all;
}

if (command === "texts") {
  const sentencepiece = !JSON.stringify(json.pre_tokenizer).includes("ByteLevel");
  for (let i = 0; i < Number(third); ++i) {
    console.log(JSON.stringify(text(sentencepiece)));
  }
} else {
  const {Tokenizer} = createRequire(import.meta.url)("@anush008/tokenizers");
  json.post_processor = null;  // no begin token
  const tokenizer = Tokenizer.fromString(JSON.stringify(json));
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  const lines = (file) => fs.readFileSync(file, "utf8").split("\n").slice(0, -1);
  const texts = lines(third);
  const ours = lines(fourth);
  let differ = 0;
  let refused = 0;
  for (let i = 0; i < texts.length; ++i) {
    const theirs = (await tokenizer.encode(JSON.parse(texts[i]))).getIds();
    const ids = ours[i].replace(/^~ /, "");
    if (ids.startsWith("!")) {
      ++refused;
    } else if (ids !== theirs.join(" ") && ++differ <= 3) {
      console.log(`  ${texts[i]}\n    ours   ${ids}\n    theirs ${theirs.join(" ")}`);
    }
  }
  console.log(`${path}: ${texts.length} texts, ${differ} differ, ${refused} refused`);
  process.exitCode = differ > 0 ? 1 : 0;
}
