// The engine's side of the hold loop: one coroutine per pending event, resumed by the event queue that runs use.
// Usage: node hold.js PENDING ITERATIONS [clustered]. Prints ns per event and the time of the last event popped.
const { EventQueue } = await import(new URL("../../../dist/src/engine/event-queue.js", import.meta.url).href);

const PERIOD_PS = 2 ** 20;
const [pending, iterations] = process.argv.slice(2, 4).map(Number);
const clustered = process.argv[4] === "clustered";

// The same xorshift32 and the same delays as heap4.cpp, so that both must arrive at the same time.
let state = 2463534242;

function nextTime(nowPs) {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  if (clustered) return nowPs - (nowPs % PERIOD_PS) + PERIOD_PS + (state & 1023);
  return nowPs + 1 + (state & (PERIOD_PS - 1));
}

const queue = new EventQueue();

function* wait(id) {
  for (;;) {
    queue.push(nextTime(queue.time), id);
    yield;
  }
}

const processes = Array.from({ length: pending }, (_, id) => wait(id));
for (const process of processes) process.next();

function hold(count) {
  for (let i = 0; i < count; i++) processes[queue.pop()].next();
}

// Several calls, so that what is measured is compiled code and not the loop that was compiled while it ran.
for (let round = 0; round < 8; round++) hold(Math.floor(iterations / 32));
const start = process.hrtime.bigint();
hold(iterations);
const elapsedNs = Number(process.hrtime.bigint() - start);
console.log(`${(elapsedNs / iterations).toFixed(4)} ${queue.time}`);
