import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;

/** Hit ratios of Caffeine: arguments are pairs of a file of little-endian key numbers and a size. */
public final class CaffeineHitRatio {
  private static final int RUNS = 3;

  public static void main(String[] args) throws Exception {
    for (int at = 0; at + 1 < args.length; at += 2) {
      IntBuffer keys = read(args[at]);
      double[] ratios = new double[RUNS];
      for (int run = 0; run < RUNS; run += 1) {
        ratios[run] = play(keys, Integer.parseInt(args[at + 1]));
      }
      Arrays.sort(ratios);
      System.out.println(ratios[RUNS / 2]);
    }
  }

  private static IntBuffer read(String file) throws Exception {
    try (FileChannel channel = FileChannel.open(Path.of(file))) {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
          .order(ByteOrder.LITTLE_ENDIAN)
          .asIntBuffer();
    }
  }

  /** One thread, which does the maintenance too. */
  private static double play(IntBuffer keys, int maximumSize) {
    Cache<Integer, Boolean> cache =
        Caffeine.newBuilder().maximumSize(maximumSize).executor(Runnable::run).build();
    long hits = 0;
    for (int at = 0; at < keys.limit(); at += 1) {
      Integer key = keys.get(at);
      if (cache.getIfPresent(key) == null) {
        cache.put(key, true);
      } else {
        hits += 1;
      }
    }
    return 100.0 * hits / keys.limit();
  }
}
