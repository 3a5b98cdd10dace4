// Draws the icon: `node scripts/icon.mjs [--check]` writes images/icon.svg and images/icon.png.
//
// A picture is a list of shapes. They are written as SVG for those who scale it, and painted here
// for the marketplace, which takes no SVG. A model points at another one, and the card of a
// referee stands between.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync, inflateSync } from "node:zlib";

const SIZE = 128;
// Each pixel is the mean of so many points in each direction.
const POINTS = 4;

const SHAPES = [
  { kind: "box", x: 64, y: 64, width: 128, height: 128, corner: 26, turn: 0, fill: "#161821" },
  { kind: "line", from: [38, 88], to: [38, 50], width: 7, fill: "#7aa2f7" },
  { kind: "line", from: [38, 88], to: [92, 88], width: 7, fill: "#7aa2f7" },
  { kind: "dot", x: 38, y: 42, radius: 15, fill: "#7aa2f7" },
  { kind: "dot", x: 38, y: 42, radius: 7, fill: "#161821" },
  { kind: "dot", x: 38, y: 88, radius: 9, fill: "#7aa2f7" },
  { kind: "dot", x: 94, y: 88, radius: 15, fill: "#7aa2f7" },
  { kind: "dot", x: 94, y: 88, radius: 7, fill: "#161821" },
  { kind: "box", x: 82, y: 45, width: 34, height: 46, corner: 5, turn: 14, fill: "#161821" },
  { kind: "box", x: 82, y: 45, width: 28, height: 40, corner: 4, turn: 14, fill: "#e9c46a" },
];

// How each PNG file begins.
const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
// What each byte adds to a checksum of PNG.
const CHECKSUMS = Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) {
    rest = rest & 1 ? 0xedb88320 ^ (rest >>> 1) : rest >>> 1;
  }
  return rest >>> 0;
});

const images = join(dirname(dirname(fileURLToPath(import.meta.url))), "images");
const [vector, painted] = [join(images, "icon.svg"), join(images, "icon.png")];
if (process.argv.includes("--check")) {
  // Compression differs between versions of Node, and what is painted does not.
  const isFresh =
    readFileSync(vector, "utf8") === svg() && rowsOf(readFileSync(painted)).equals(rows());
  if (!isFresh) {
    console.error("The icon is not fresh; node scripts/icon.mjs writes it.");
    process.exitCode = 1;
  }
} else {
  writeFileSync(vector, svg());
  writeFileSync(painted, png());
}

// --- As SVG -----------------------------------------------------------------------------------

function svg() {
  const drawn = SHAPES.map((shape) => `  ${element(shape)}`).join("\n");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE} ${SIZE}">\n${drawn}\n</svg>\n`;
}

function element(shape) {
  switch (shape.kind) {
    case "dot":
      return `<circle cx="${shape.x}" cy="${shape.y}" r="${shape.radius}" fill="${shape.fill}"/>`;
    case "line": {
      const [[x1, y1], [x2, y2]] = [shape.from, shape.to];
      return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${shape.fill}" stroke-width="${shape.width}" stroke-linecap="round"/>`;
    }
    case "box": {
      const { x, y, width, height, corner, turn, fill } = shape;
      const turned = turn === 0 ? "" : ` transform="rotate(${turn} ${x} ${y})"`;
      return `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" rx="${corner}" fill="${fill}"${turned}/>`;
    }
  }
}

// --- As PNG -----------------------------------------------------------------------------------

function png() {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  // Eight bits for each of red, green, blue and opacity.
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows(), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function rows() {
  const length = 1 + 4 * SIZE;
  const painted = Buffer.alloc(SIZE * length);
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < SIZE; x++) {
      // Each row begins with the number of its filter: none.
      painted.set(pixel(x, y), y * length + 1 + 4 * x);
    }
  }
  return painted;
}

/** Reads the rows of a picture that `png` made. */
function rowsOf(file) {
  const start = file.indexOf("IDAT");
  return inflateSync(file.subarray(start + 4, start + 4 + file.readUInt32BE(start - 4)));
}

function chunk(name, content) {
  const named = Buffer.concat([Buffer.from(name, "latin1"), content]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(content.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(checksum(named), named.length + 4);
  return framed;
}

function checksum(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum = CHECKSUMS[(sum ^ byte) & 0xff] ^ (sum >>> 8);
  }
  return (sum ^ 0xffffffff) >>> 0;
}

function pixel(x, y) {
  let [red, green, blue, covered] = [0, 0, 0, 0];
  for (let row = 0; row < POINTS; row++) {
    for (let column = 0; column < POINTS; column++) {
      const point = [x + (column + 0.5) / POINTS, y + (row + 0.5) / POINTS];
      const top = SHAPES.findLast((shape) => isIn(point, shape));
      if (top !== undefined) {
        const colour = Number.parseInt(top.fill.slice(1), 16);
        red += colour >> 16;
        green += (colour >> 8) & 0xff;
        blue += colour & 0xff;
        covered += 1;
      }
    }
  }
  const mean = (sum) => (covered === 0 ? 0 : Math.round(sum / covered));
  return [mean(red), mean(green), mean(blue), Math.round((255 * covered) / POINTS ** 2)];
}

function isIn([x, y], shape) {
  switch (shape.kind) {
    case "dot":
      return Math.hypot(x - shape.x, y - shape.y) <= shape.radius;
    case "line": {
      const [[x1, y1], [x2, y2]] = [shape.from, shape.to];
      const along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / ((x2 - x1) ** 2 + (y2 - y1) ** 2);
      const nearest = Math.min(1, Math.max(0, along));
      const distance = Math.hypot(x - x1 - nearest * (x2 - x1), y - y1 - nearest * (y2 - y1));
      return distance <= shape.width / 2;
    }
    case "box": {
      const angle = (-shape.turn * Math.PI) / 180;
      const across = (x - shape.x) * Math.cos(angle) - (y - shape.y) * Math.sin(angle);
      const down = (x - shape.x) * Math.sin(angle) + (y - shape.y) * Math.cos(angle);
      const beyondX = Math.max(0, Math.abs(across) - shape.width / 2 + shape.corner);
      const beyondY = Math.max(0, Math.abs(down) - shape.height / 2 + shape.corner);
      return Math.hypot(beyondX, beyondY) <= shape.corner;
    }
  }
}
