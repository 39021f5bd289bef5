/**
 * Where a file is, as /proc/locks writes it: `08:01:131073`. From /proc/self/fdinfo of an open file, which has its mount and inode, and /proc/self/mountinfo, which has
 * the mount's device; stat(2) gives other devices than the kernel's own where a file system has several (btrfs, overlayfs). Undefined where the kernel says too little.
 */
export function lockPlace(fdinfo: string, mountinfo: string): string | undefined {
  const inode = /^ino:\s*(\d+)$/m.exec(fdinfo)?.[1];
  const mount = /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1];
  const line = mountinfo.split("\n").find((each) => each.startsWith(`${mount} `));
  const device = /^\d+ \d+ (\d+):(\d+) /.exec(line ?? "");
  if (inode === undefined || device === null) return undefined;
  const [major, minor] = [device[1], device[2]].map((number) => Number(number).toString(16).padStart(2, "0"));
  return `${major}:${minor}:${inode}`;
}

/** Whether anybody holds a flock(2) on the file at this place, by /proc/locks. Who waits for one ("->") does not. */
export function isFlocked(locks: string, place: string): boolean {
  return locks.split("\n").some((line) => {
    const words = line.split(/\s+/);
    return words[1] === "FLOCK" && words[5] === place;
  });
}
