import FlashPartitions
import TableFormats
import Testing

@Suite struct DeviceTreeTests {
  @Test func aNodeOfFixedPartitions() throws {
    var table = PartitionTable()
    try table.append(row("factory", 0, 0, 0, 0x40000, 2))
    try table.append(row("ota_0", 0, 0x10, 0x40000, 0x50000))
    try table.append(row("ota_1", 0, 0x11, 0x90000, 0x50000))
    try table.append(row("a \"b\"", 1, 6, 0xE0000, 0x1000))
    try table.append(row("a__b_", 1, 6, 0xE1000, 0x1000))
    #expect(
      try DeviceTree.text(of: table) == """
        partitions {
        \tcompatible = "fixed-partitions";
        \t#address-cells = <1>;
        \t#size-cells = <1>;

        \tfactory_partition: partition@0 {
        \t\tlabel = "factory";
        \t\treg = <0x0 0x40000>;
        \t\tread-only;
        \t};

        \tslot0_partition: partition@40000 {
        \t\tlabel = "ota_0";
        \t\treg = <0x40000 0x50000>;
        \t};

        \tslot1_partition: partition@90000 {
        \t\tlabel = "ota_1";
        \t\treg = <0x90000 0x50000>;
        \t};

        \ta__b__partition: partition@e0000 {
        \t\tlabel = "a \\"b\\"";
        \t\treg = <0xe0000 0x1000>;
        \t};

        \ta__b__2_partition: partition@e1000 {
        \t\tlabel = "a__b_";
        \t\treg = <0xe1000 0x1000>;
        \t};
        };

        """)
  }
}
