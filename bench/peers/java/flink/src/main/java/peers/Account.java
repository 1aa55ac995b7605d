package peers;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** An account's events in columns, and where each window begins in them. Lives on the heap, as it is. */
final class Account {
  /** Events `first` to `end` are held, each at its number modulo the columns' length, a power of two. */
  long first, end;
  long[] times = new long[4], amounts = new long[4];
  String[] merchants = new String[4];
  final Map<String, int[]> merchantCounts = new HashMap<>(4);
  final Window[] windows = new Window[Rules.WINDOWS];

  Account() {
    for (int w = 0; w < Rules.WINDOWS; w++) windows[w] = new Window();
  }

  final class Window implements Rules.Window {
    long from, sum, distinct;
    /** Numbers of events that no later one exceeds, oldest first: a queue in an array. */
    long[] candidates = new long[4];
    int head, tail;

    public long count() { return end - from; }
    public long sum() { return sum; }
    public long max() { return amounts[at(candidates[head])]; }
    public long distinct() { return distinct; }

    void enter(long number, long amount) {
      sum += amount;
      while (tail > head && amounts[at(candidates[tail - 1])] <= amount) tail--;
      if (tail == candidates.length) {
        // Room at the front first.
        long[] into = head >= candidates.length / 2 ? candidates : new long[2 * candidates.length];
        System.arraycopy(candidates, head, into, 0, tail - head);
        candidates = into;
        tail -= head;
        head = 0;
      }
      candidates[tail++] = number;
    }

    void leaveFirst() {
      sum -= amounts[at(from)];
      if (candidates[head] == from) head++;
      from++;
    }
  }

  int at(long number) {
    return (int) number & times.length - 1;
  }

  void add(long timeMs, long amount, String merchant) {
    if (end > first && timeMs < times[at(end - 1)]) throw new IllegalStateException("payments come in the order of their times");
    if (end - first == times.length) grow();
    int at = at(end);
    times[at] = timeMs;
    amounts[at] = amount;
    int[] counts = merchantCounts.computeIfAbsent(merchant, none -> new int[Rules.WINDOWS]);
    merchants[at] = merchant;
    for (int w = 0; w < Rules.WINDOWS; w++) {
      windows[w].enter(end, amount);
      if (counts[w]++ == 0) windows[w].distinct++;
    }
    end++;
    for (int w = 0; w < Rules.WINDOWS; w++) move(w, timeMs - Rules.WINDOWS_MS[w]);
    first = windows[Rules.WINDOWS - 1].from;
  }

  private void move(int w, long outUpToMs) {
    Window window = windows[w];
    while (times[at(window.from)] <= outUpToMs) {
      String merchant = merchants[at(window.from)];
      if (--merchantCounts.get(merchant)[w] == 0) {
        window.distinct--;
        if (w == Rules.WINDOWS - 1) merchantCounts.remove(merchant);
      }
      window.leaveFirst();
    }
  }

  private void grow() {
    long[] oldTimes = times, oldAmounts = amounts;
    String[] oldMerchants = merchants;
    int oldMask = times.length - 1;
    allocate(2 * times.length);
    for (long number = first; number < end; number++) {
      int from = (int) number & oldMask, to = at(number);
      times[to] = oldTimes[from];
      amounts[to] = oldAmounts[from];
      merchants[to] = oldMerchants[from];
    }
  }

  void allocate(int length) {
    times = new long[length];
    amounts = new long[length];
    merchants = new String[length];
  }

  Account copy() {
    Account copy = new Account();
    copy.first = first;
    copy.end = end;
    copy.times = times.clone();
    copy.amounts = amounts.clone();
    copy.merchants = merchants.clone();
    merchantCounts.forEach((merchant, counts) -> copy.merchantCounts.put(merchant, counts.clone()));
    for (int w = 0; w < Rules.WINDOWS; w++) {
      Window from = windows[w], to = copy.windows[w];
      to.from = from.from;
      to.sum = from.sum;
      to.distinct = from.distinct;
      to.candidates = Arrays.copyOf(from.candidates, from.candidates.length);
      to.head = from.head;
      to.tail = from.tail;
    }
    return copy;
  }
}
