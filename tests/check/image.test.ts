import { describe, expect, it } from "vitest";
import { Fingerprints } from "../../src/check/fingerprints.js";
import { Image } from "../../src/check/image.js";
import { TileValues } from "../../src/check/tile-values.js";
import { Random } from "../../src/base/random.js";
import { Shapes } from "../../src/ops/shapes.js";

const make = (elements: number, isInput = false) => {
  const prints = new Fingerprints();
  const values = new TileValues(prints, new Shapes());
  return { prints, values, image: new Image(values, elements, isInput ? prints.input(0, 0) : null) };
};
const gapsOf = (image: Image): string[] => {
  const gaps: string[] = [];
  image.eachGap((start, end) => gaps.push(`${start}-${end}`));
  return gaps;
};
const stretchesOf = (image: Image): string[] => {
  const stretches: string[] = [];
  image.eachStretch((start, end, _value, site) => stretches.push(`${start}-${end}@${site}`));
  return stretches;
};

describe("an image of a tensor", () => {
  it("joins what continues each other and was written at one place, whatever the order", () => {
    const { prints, image } = make(12);
    const x = prints.input(0, 3);
    for (const at of [8, 0, 4]) image.write(at, 4, prints.shifted(x, at), 1);
    expect(stretchesOf(image)).toEqual(["0-12@1"]);
    image.write(4, 2, prints.zero, 2);
    expect(stretchesOf(image)).toEqual(["0-4@1", "4-6@2", "6-12@1"]);
    expect(image.siteOf(5)).toBe(2);
    expect(gapsOf(image)).toEqual([]);
  });

  it("knows what was never written, and reads zeros there", () => {
    const { prints, values, image } = make(10);
    const x = prints.input(0, 1);
    image.write(3, 4, x, 0);
    expect(gapsOf(image)).toEqual(["0-3", "7-10"]);
    const lengths: number[] = [];
    values.each(image.read(1, 9), 9, (_value, length) => lengths.push(length));
    expect(lengths).toEqual([2, 4, 3]);
  });

  it("holds after many writes what an array of elements would hold", () => {
    const { prints, values, image } = make(40, true);
    const random = new Random(7);
    const first = (value: number): number => values.slice(value, 0, 1);
    const elements = Array.from({ length: 40 }, (_, i) => prints.shifted(prints.input(0, 0), i));
    for (let round = 0; round < 300; round++) {
      const start = random.nextBelow(40);
      const length = random.nextBelow(41 - start);
      const value = prints.input(1, random.nextBelow(5));
      image.write(start, length, value, random.nextBelow(3));
      for (let i = 0; i < length; i++) elements[start + i] = prints.shifted(value, i);
    }
    for (let i = 0; i < 40; i++) expect(first(image.read(i, 1))).toBe(elements[i]);
    for (const [start, length] of [
      [0, 40],
      [3, 17],
      [39, 1],
    ] as const) {
      let at = start;
      values.each(image.read(start, length), length, (value, size) => {
        for (let i = 0; i < size; i++) expect(prints.shifted(value, i)).toBe(elements[at++]);
      });
      expect(at).toBe(start + length);
    }
  });
});
