package peers;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Events alone are written; what follows from them is counted again when they are read. */
public final class AccountSerializer extends TypeSerializerSingleton<Account> {
  @Override
  public void serialize(Account account, DataOutputView to) throws IOException {
    to.writeLong(account.first);
    to.writeLong(account.end);
    to.writeInt(account.times.length);
    for (long number = account.first; number < account.end; number++) {
      int at = account.at(number);
      to.writeLong(account.times[at]);
      to.writeLong(account.amounts[at]);
      to.writeUTF(account.merchants[at]);
    }
  }

  @Override
  public Account deserialize(DataInputView from) throws IOException {
    Account account = new Account();
    account.first = from.readLong();
    long end = from.readLong();
    account.end = account.first;
    account.allocate(from.readInt());
    for (Account.Window window : account.windows) window.from = account.first;
    while (account.end < end) account.add(from.readLong(), from.readLong(), from.readUTF());
    return account;
  }

  @Override public Account copy(Account account) { return account.copy(); }
  @Override public Account copy(Account account, Account reuse) { return account.copy(); }
  @Override public Account deserialize(Account reuse, DataInputView from) throws IOException { return deserialize(from); }
  @Override public void copy(DataInputView from, DataOutputView to) throws IOException { serialize(deserialize(from), to); }
  @Override public boolean isImmutableType() { return false; }
  @Override public Account createInstance() { return new Account(); }
  @Override public int getLength() { return -1; }
  @Override public TypeSerializerSnapshot<Account> snapshotConfiguration() { return new Snapshot(); }

  public static final class Snapshot extends SimpleTypeSerializerSnapshot<Account> {
    public Snapshot() {
      super(AccountSerializer::new);
    }
  }
}
