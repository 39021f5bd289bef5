/** The fields of a device's `uevent` file in sysfs, as `DRIVER=ixgbe` a line. Lines of another form are left out. */
export function parseUevent(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\n").flatMap((line) => {
      const equals = line.indexOf("=");
      return equals > 0 ? [[line.slice(0, equals), line.slice(equals + 1).trim()] as const] : [];
    }),
  );
}

/** Whether a PCI class, hexadecimal without leading zeros as `PCI_CLASS` has it, is that of a network controller. */
export function isNetworkClass(pciClass: string): boolean {
  return /^[0-9a-f]{1,6}$/i.test(pciClass) && Number.parseInt(pciClass, 16) >> 16 === 0x02;
}

/** Whether it is that of a bridge, which VFIO does not count among the devices of a group. */
export function isBridgeClass(pciClass: string): boolean {
  return /^[0-9a-f]{1,6}$/i.test(pciClass) && Number.parseInt(pciClass, 16) >> 16 === 0x06;
}

/** `0000:03:00.0` of any usual spelling (`03:00.0`, upper case); undefined for what is no PCI address. */
export function pciAddress(text: string): string | undefined {
  const match = /^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i.exec(text.trim());
  if (match === null) return undefined;
  return `${match[1] ?? "0000"}:${match[2]}:${match[3]}.${match[4]}`.toLowerCase();
}
