// The yardstick of the engine rows: a 4-ary heap in a hold loop, pop one event, push one.
// Usage: heap4 PENDING ITERATIONS [clustered]. Prints ns per event and the time of the last event popped.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

struct Event {
  uint64_t time;
  uint32_t sequence;
  uint32_t id;
};

static bool earlier(const Event& a, const Event& b) {
  return a.time != b.time ? a.time < b.time : a.sequence < b.sequence;
}

class Heap {
 public:
  explicit Heap(size_t capacity) { events.reserve(capacity); }

  void push(Event event) {
    size_t at = events.size();
    events.push_back(event);
    while (at > 0) {
      size_t parent = (at - 1) / 4;
      if (!earlier(event, events[parent])) break;
      events[at] = events[parent];
      at = parent;
    }
    events[at] = event;
  }

  Event pop() {
    Event first = events.front();
    Event moved = events.back();
    events.pop_back();
    size_t count = events.size();
    if (count == 0) return first;
    size_t at = 0;
    for (;;) {
      size_t child = 4 * at + 1;
      if (child >= count) break;
      size_t end = child + 4 < count ? child + 4 : count;
      size_t least = child;
      for (size_t other = child + 1; other < end; other++) {
        if (earlier(events[other], events[least])) least = other;
      }
      if (!earlier(events[least], moved)) break;
      events[at] = events[least];
      at = least;
    }
    events[at] = moved;
    return first;
  }

 private:
  std::vector<Event> events;
};

static uint32_t state = 2463534242u;

static uint32_t next_random() {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static const uint64_t PERIOD_PS = 1 << 20;

// Uniform: 1 to 2^20 ps from now. Clustered: somewhere in the first 1,024 ps of the next period.
static uint64_t next_time(uint64_t now, bool clustered) {
  uint32_t random = next_random();
  if (clustered) return now - now % PERIOD_PS + PERIOD_PS + (random & 1023);
  return now + 1 + (random & (PERIOD_PS - 1));
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const uint32_t pending = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  const uint64_t iterations = std::strtoull(argv[2], nullptr, 10);
  const bool clustered = argc > 3 && std::strcmp(argv[3], "clustered") == 0;

  Heap heap(pending);
  uint32_t sequence = 0;
  for (uint32_t id = 0; id < pending; id++) heap.push({next_time(0, clustered), sequence++, id});
  uint64_t now = 0;
  const auto hold = [&](uint64_t count) {
    for (uint64_t i = 0; i < count; i++) {
      Event event = heap.pop();
      now = event.time;
      heap.push({next_time(now, clustered), sequence++, event.id});
    }
  };
  hold(iterations / 4);  // warm-up, as in hold.js
  const auto start = std::chrono::steady_clock::now();
  hold(iterations);
  const std::chrono::duration<double, std::nano> elapsed = std::chrono::steady_clock::now() - start;
  std::printf("%.4f %llu\n", elapsed.count() / static_cast<double>(iterations), static_cast<unsigned long long>(now));
  return 0;
}
