package peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.LocalDate;

/** Reads payments out of the records of Shrike's log as a stream of tokens, without a tree. */
public final class PaymentReader {
  private static final JsonFactory JSON = new JsonFactory();
  private static final long DAY_MS = 86_400_000;

  private PaymentReader() {}

  /** @return null where the record is none of a payment: a tick, or another fact */
  public static Payment read(byte[] record) throws IOException {
    if (record == null) return null;
    try (JsonParser fact = JSON.createParser(record)) {
      fact.nextToken();
      while (fact.nextToken() == JsonToken.FIELD_NAME) {
        String field = fact.currentName();
        fact.nextToken();
        if (field.equals("type") && !fact.getText().equals("TransactionSubmitted")) return null;
        if (field.equals("data")) return submitted(fact);
        fact.skipChildren();
      }
    }
    throw new IOException("a fact without data");
  }

  /** The fact's data are JSON of their own, as a text. */
  private static Payment submitted(JsonParser fact) throws IOException {
    char[] characters = fact.getTextCharacters();
    String transactionId = null, account = null, merchant = null;
    long timeMs = 0, amountMinor = 0;
    try (JsonParser data = JSON.createParser(characters, fact.getTextOffset(), fact.getTextLength())) {
      for (JsonToken token = data.nextToken(); token != null; token = data.nextToken()) {
        if (token != JsonToken.FIELD_NAME) continue;
        String field = data.currentName();
        token = data.nextToken();
        switch (field) {
          case "transactionId" -> transactionId = data.getText();
          case "accountId" -> account = data.getText();
          case "merchantId" -> merchant = data.getText();
          case "occurredAt" -> timeMs = epochMs(data.getText());
          case "amountBaseMinor" -> amountMinor = data.getLongValue();
          default -> { }
        }
      }
    }
    return new Payment(transactionId, account, merchant, timeMs, amountMinor);
  }

  /** Of `2026-01-01T00:00:00.000Z`. */
  private static long epochMs(String text) {
    long day = LocalDate.of(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)).toEpochDay();
    int seconds = (digits(text, 11, 13) * 60 + digits(text, 14, 16)) * 60 + digits(text, 17, 19);
    return day * DAY_MS + seconds * 1_000L + digits(text, 20, 23);
  }

  private static int digits(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) value = value * 10 + text.charAt(i) - '0';
    return value;
  }
}
