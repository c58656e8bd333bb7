package io.gantry.linux;

/**
 * An entry of a folder.
 *
 * @param name in no encoding
 * @param type a constant of {@link Dirents}
 */
public record Dirent(byte[] name, int type, long ino) {
  public boolean isDirectory() {
    return type == Dirents.DIRECTORY;
  }

  @Override
  public String toString() {
    return Names.show(name);
  }
}
