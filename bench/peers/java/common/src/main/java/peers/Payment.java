package peers;

/** What the windows and rules take of a payment. */
public record Payment(String transactionId, String account, String merchant, long timeMs, long amountMinor) {}
