import { describe, expect, it } from "vitest";
import { Fingerprints } from "../../src/check/fingerprints.js";

const make = () => {
  const prints = new Fingerprints();
  const [x, y] = [prints.input(0, 0), prints.input(0, 1)];
  return { prints, x, y };
};
const N = 100;

describe("fingerprints", () => {
  it("are linear: the order of a sum does not matter, a share of it is kept, a part of it is the sum of parts", () => {
    const { prints, x, y } = make();
    const sum = prints.sum(x, y, 1);
    expect(prints.compared(sum, prints.sum(y, x, 1), N)).toBe("same");
    const third = prints.scaled(sum, 1 / 3, "times");
    expect(prints.compared(third, prints.scaled(sum, 3, "over"), N)).toBe("same");
    const tail = prints.sum(prints.shifted(x, 7), prints.shifted(y, 7), 1);
    expect(prints.compared(prints.shifted(sum, 7), tail, N - 7)).toBe("same");
  });

  it("tell a missing, a doubled and a shifted contribution", () => {
    const { prints, x, y } = make();
    const sum = prints.sum(x, y, 1);
    for (const wrong of [x, prints.sum(sum, x, 1), prints.shifted(sum, 1), prints.scaled(sum, 0.5, "times")])
      expect(prints.compared(sum, wrong, N)).toBe("different");
  });

  it("follow constants: x + 3 − 3 is x, and 2·(x + 1) is 2x + 2", () => {
    const { prints, x } = make();
    const three = prints.constant(3);
    expect(prints.compared(prints.sum(prints.sum(x, three, 1), three, -1), x, N)).toBe("same");
    const twice = prints.scaled(prints.sum(x, prints.constant(1), 1), 2, "times");
    const other = prints.sum(prints.scaled(x, 2, "times"), prints.constant(2), 1);
    expect(prints.compared(twice, other, N)).toBe("same");
  });

  it("take maxima as sets: order and repetition do not matter, members do", () => {
    const { prints, x, y } = make();
    const z = prints.input(0, 2);
    const max = (a: number, b: number): number => prints.maximum(a, b, N);
    expect(prints.compared(max(max(x, y), z), max(z, max(y, max(x, y))), N)).toBe("same");
    expect(prints.compared(max(x, y), max(max(x, y), z), N)).toBe("different");
    const part = max(prints.shifted(y, 5), prints.shifted(x, 5));
    expect(prints.compared(prints.shifted(max(x, y), 5), part, N - 5)).toBe("same");
  });

  it("tell results of other data apart, but not those of other blocks", () => {
    const { prints, x, y } = make();
    const [whole, half] = [11, 22];
    const exp = (value: number, form: number): number => prints.opaque(form, [value], 0);
    expect(prints.compared(exp(x, whole), exp(x, whole), N)).toBe("same");
    expect(prints.compared(exp(x, whole), exp(y, whole), N)).toBe("unknown");
    const second = exp(prints.shifted(x, N / 2), half);
    expect(prints.compared(prints.shifted(exp(x, whole), N / 2), second, N / 2)).toBe("unknown");
  });

  it("sum rows into the first row: element j of the sum is x[j] + x[j + 4] + x[j + 8]", () => {
    const { prints, x } = make();
    const rows = [0, 4, 8].map((at) => prints.shifted(x, at)).reduce((a, b) => prints.sum(a, b, 1));
    expect(prints.compared(prints.folded(x, 3, 4), rows, 4)).toBe("same");
  });
});
