package peers;

import java.nio.charset.StandardCharsets;

/** The windows, and the five rules of bench/peers/rules.ts. */
public final class Rules {
  /** An hour, a day, thirty days. A payment exactly this old is out. */
  public static final long[] WINDOWS_MS = {3_600_000L, 86_400_000L, 2_592_000_000L};
  public static final int WINDOWS = WINDOWS_MS.length;
  private static final int HOUR = 0, DAY = 1, MONTH = 2;

  private Rules() {}

  /** What a window holds. */
  public interface Window {
    long count();
    long sum();
    long max();
    long distinct();
    default double mean() {
      return (double) sum() / count();
    }
  }

  public static int score(long amount, Window[] windows) {
    Window hour = windows[HOUR], day = windows[DAY], month = windows[MONTH];
    int points = 0;
    if (hour.count() > 6 + day.count() / 4.0) points += 40;
    if (hour.sum() > 50_000 && day.sum() > 100_000 + month.sum() / 8.0) points += 30;
    if (amount > 4 * month.mean() && month.count() >= 5) points += 40;
    if (hour.distinct() > 3 + day.distinct() / 3.0) points += 25;
    if (amount >= month.max() && hour.max() > 2 * day.mean() && day.max() > hour.mean() && month.distinct() >= 5)
      points += 20;
    return Math.min(points, 100);
  }

  public static byte[] output(String transactionId, int score) {
    return ("{\"transactionId\":\"" + transactionId + "\",\"score\":" + score + "}").getBytes(StandardCharsets.UTF_8);
  }
}
