package peers;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/** The one record an account has: everything its windows are at the moment, so that a payment reads no events but those that leave. */
final class Aggregate {
  /** An event, numbered within its account. */
  record Event(long number, long timeMs, long amount, byte[] merchant) {
    int bytes() {
      return 8 + 8 + 8 + 1 + merchant.length;
    }

    void write(ByteBuffer to) {
      to.putLong(number).putLong(timeMs).putLong(amount).put((byte) merchant.length).put(merchant);
    }

    static Event read(ByteBuffer from) {
      long number = from.getLong(), timeMs = from.getLong(), amount = from.getLong();
      byte[] merchant = new byte[from.get() & 0xff];
      from.get(merchant);
      return new Event(number, timeMs, amount, merchant);
    }
  }

  static final class Window implements Rules.Window {
    long count, sum, distinct;
    /** The oldest event inside: while it stays, none leaves. */
    Event oldest;
    /** Those that no later one exceeds, oldest first: the first is the largest. */
    final ArrayDeque<long[]> candidates = new ArrayDeque<>();

    public long count() { return count; }
    public long sum() { return sum; }
    public long max() { return candidates.peekFirst()[1]; }
    public long distinct() { return distinct; }

    void enter(Event event) {
      count++;
      sum += event.amount();
      if (oldest == null) oldest = event;
      while (!candidates.isEmpty() && candidates.peekLast()[1] <= event.amount()) candidates.removeLast();
      candidates.addLast(new long[] {event.number(), event.amount()});
    }

    void leave(Event event) {
      count--;
      sum -= event.amount();
      if (candidates.peekFirst()[0] == event.number()) candidates.removeFirst();
    }
  }

  long next, newestMs = Long.MIN_VALUE;
  final Window[] windows = {new Window(), new Window(), new Window()};

  byte[] encode() {
    int bytes = 16;
    for (Window window : windows) bytes += 28 + window.oldest.bytes() + 16 * window.candidates.size();
    ByteBuffer to = ByteBuffer.allocate(bytes).putLong(next).putLong(newestMs);
    for (Window window : windows) {
      to.putLong(window.count).putLong(window.sum).putLong(window.distinct);
      window.oldest.write(to);
      to.putInt(window.candidates.size());
      for (long[] candidate : window.candidates) to.putLong(candidate[0]).putLong(candidate[1]);
    }
    return to.array();
  }

  static Aggregate decode(byte[] bytes) {
    Aggregate account = new Aggregate();
    if (bytes == null) return account;
    ByteBuffer from = ByteBuffer.wrap(bytes);
    account.next = from.getLong();
    account.newestMs = from.getLong();
    for (Window window : account.windows) {
      window.count = from.getLong();
      window.sum = from.getLong();
      window.distinct = from.getLong();
      window.oldest = Event.read(from);
      for (int left = from.getInt(); left > 0; left--)
        window.candidates.addLast(new long[] {from.getLong(), from.getLong()});
    }
    return account;
  }
}
