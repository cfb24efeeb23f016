/** Figures in words, as the reports write them. */

/** `1,024` */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 host`, `64 hosts` */
export function count(value: number, noun: string): string {
  return `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** `61.2 %`, from a share of 0 to 1 */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `0.041 GB/s`, of 10^9 bytes */
export function bandwidth(gbps: number): string {
  return `${gbps.toFixed(gbps < 100 ? 3 : 1)} GB/s`;
}

/** `4.01e-5`, or `0` when there is none */
export function deviation(error: number): string {
  return error === 0 ? "0" : error.toExponential(2);
}

/** Text of a kernel or of its source with control characters made visible: it must not drive the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === "\t" ? " " : "\ufffd"));
}
