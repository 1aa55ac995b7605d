package peers;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Three key-value stores: `aggregates` by account; `events` by account and number, each read once by each window it
 * leaves; `merchants` by account and merchant, how often each window holds it.
 */
final class Scoring extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
  static final String AGGREGATES = "aggregates", EVENTS = "events", MERCHANTS = "merchants";
  private static final int LONGEST = Rules.WINDOWS - 1;
  private KeyValueStore<byte[], byte[]> aggregates, events, merchants;

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    super.init(context);
    aggregates = context.getStateStore(AGGREGATES);
    events = context.getStateStore(EVENTS);
    merchants = context.getStateStore(MERCHANTS);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Payment payment;
    try {
      payment = PaymentReader.read(record.value());
    } catch (java.io.IOException unreadable) {
      throw new java.io.UncheckedIOException(unreadable);
    }
    if (payment == null) return;
    int score = score(record.key(), payment);
    context().forward(record.withValue(Rules.output(payment.transactionId(), score)));
  }

  private int score(byte[] key, Payment payment) {
    Aggregate account = Aggregate.decode(aggregates.get(key));
    if (payment.timeMs() < account.newestMs) throw new IllegalStateException("payments come in the order of their times");
    account.newestMs = payment.timeMs();
    byte[] merchant = payment.merchant().getBytes(StandardCharsets.UTF_8);
    var event = new Aggregate.Event(account.next++, payment.timeMs(), payment.amountMinor(), merchant);
    ByteBuffer value = ByteBuffer.allocate(event.bytes());
    event.write(value);
    events.put(eventKey(key, event.number()), value.array());
    enter(key, account, event);
    for (int w = 0; w < Rules.WINDOWS; w++) move(key, account, w);
    aggregates.put(key, account.encode());
    return Rules.score(payment.amountMinor(), account.windows);
  }

  private void enter(byte[] key, Aggregate account, Aggregate.Event event) {
    byte[] merchantKey = merchantKey(key, event.merchant());
    ByteBuffer counts = counts(merchants.get(merchantKey));
    for (int w = 0; w < Rules.WINDOWS; w++) {
      account.windows[w].enter(event);
      int count = counts.getInt(4 * w);
      if (count == 0) account.windows[w].distinct++;
      counts.putInt(4 * w, count + 1);
    }
    merchants.put(merchantKey, counts.array());
  }

  /** What is too old leaves. The payment itself is inside, so that a window never ends empty. */
  private void move(byte[] key, Aggregate account, int w) {
    Aggregate.Window window = account.windows[w];
    long outUpToMs = account.newestMs - Rules.WINDOWS_MS[w];
    while (window.oldest.timeMs() <= outUpToMs) {
      Aggregate.Event leaving = window.oldest;
      window.leave(leaving);
      byte[] merchantKey = merchantKey(key, leaving.merchant());
      ByteBuffer counts = counts(merchants.get(merchantKey));
      int count = counts.getInt(4 * w) - 1;
      counts.putInt(4 * w, count);
      if (count == 0) window.distinct--;
      boolean isGone = w == LONGEST && count == 0;
      merchants.put(merchantKey, isGone ? null : counts.array());
      if (w == LONGEST) events.delete(eventKey(key, leaving.number()));
      window.oldest = Aggregate.Event.read(ByteBuffer.wrap(events.get(eventKey(key, leaving.number() + 1))));
    }
  }

  private static ByteBuffer counts(byte[] stored) {
    return stored == null ? ByteBuffer.allocate(4 * Rules.WINDOWS) : ByteBuffer.wrap(stored.clone());
  }

  private static byte[] eventKey(byte[] account, long number) {
    return ByteBuffer.allocate(account.length + 9).put(account).put((byte) 0).putLong(number).array();
  }

  private static byte[] merchantKey(byte[] account, byte[] merchant) {
    return ByteBuffer.allocate(account.length + 1 + merchant.length).put(account).put((byte) 0).put(merchant).array();
  }
}
