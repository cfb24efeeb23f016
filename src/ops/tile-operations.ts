import type { ReductionName, UnaryName } from "./computations.js";
import type { TileOps } from "./tile-ops.js";

/** The operators of compiled code and the operations of `tl` that `TileOps` has, as kernels call them. */
export function tileOperations(tiles: TileOps) {
  const unary =
    (name: UnaryName) =>
    (site: number, a: unknown): unknown =>
      tiles.unary(site, name, a);
  const reduction =
    (name: ReductionName) =>
    (site: number, a: unknown, axis: unknown, options: unknown): unknown =>
      tiles.reduce(site, name, a, axis, options);
  return {
    isTile: tiles.isTile.bind(tiles),
    decides: tiles.decides.bind(tiles),
    add: tiles.add.bind(tiles),
    sub: tiles.sub.bind(tiles),
    mul: tiles.mul.bind(tiles),
    div: tiles.div.bind(tiles),
    floordiv: tiles.floordiv.bind(tiles),
    mod: tiles.mod.bind(tiles),
    pow: tiles.pow.bind(tiles),
    neg: tiles.neg.bind(tiles),
    lt: tiles.lt.bind(tiles),
    le: tiles.le.bind(tiles),
    gt: tiles.gt.bind(tiles),
    ge: tiles.ge.bind(tiles),
    equal: tiles.equal.bind(tiles),
    notEqual: tiles.notEqual.bind(tiles),
    and: tiles.and.bind(tiles),
    or: tiles.or.bind(tiles),
    not: tiles.not.bind(tiles),
    bitAnd: tiles.bitAnd.bind(tiles),
    bitOr: tiles.bitOr.bind(tiles),
    bitXor: tiles.bitXor.bind(tiles),
    bitNot: tiles.bitNot.bind(tiles),
    shiftLeft: tiles.shiftLeft.bind(tiles),
    shiftRight: tiles.shiftRight.bind(tiles),
    maximum: tiles.maximum.bind(tiles),
    minimum: tiles.minimum.bind(tiles),
    fma: tiles.fma.bind(tiles),
    clamp: tiles.clamp.bind(tiles),
    abs: unary("abs"),
    exp: unary("exp"),
    log: unary("log"),
    sqrt: unary("sqrt"),
    rsqrt: unary("rsqrt"),
    sigmoid: unary("sigmoid"),
    tanh: unary("tanh"),
    erf: unary("erf"),
    gelu: unary("gelu"),
    silu: unary("silu"),
    relu: unary("relu"),
    cast: tiles.cast.bind(tiles),
    where: tiles.where.bind(tiles),
    zeros: tiles.zeros.bind(tiles),
    full: tiles.full.bind(tiles),
    arange: tiles.arange.bind(tiles),
    sum: reduction("sum"),
    prod: reduction("prod"),
    max: reduction("max"),
    min: reduction("min"),
    argmax: reduction("argmax"),
    argmin: reduction("argmin"),
    mean: tiles.mean.bind(tiles),
    softmax: tiles.softmax.bind(tiles),
    reshape: tiles.reshape.bind(tiles),
    expandDims: tiles.expandDims.bind(tiles),
    broadcast: tiles.broadcast.bind(tiles),
    transpose: tiles.transpose.bind(tiles),
    dot: tiles.dot.bind(tiles),
  };
}
