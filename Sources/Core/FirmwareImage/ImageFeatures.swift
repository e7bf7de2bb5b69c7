/// What an examination of images can do beside the essentials, chosen when a program is built.
///
/// A boot loader pays for each of them with code, needed or not. An image that cannot be judged
/// without what is left out is refused.
///
/// The values are constants: code is left out only if the compiler can see them.
public protocol ImageFeatures {
  /// Whether images can be loaded into memory, in plain or as ciphertext.
  ///
  /// Without it an image has to lie in its slot in plain and executes in place; what it says of its
  /// content key is not looked at.
  static var loadedImages: Bool { get }
  /// Whether signatures over the image itself can be checked; without it such an image is refused.
  static var pureSignatures: Bool { get }
  /// Whether the vendor and class id of an image are looked at; without it none may be required.
  static var hardwareIDs: Bool { get }
  /// Whether dependencies can be checked; without it an image that has one is refused where they
  /// are to be checked.
  static var dependencies: Bool { get }
}

/// Everything that an examination can do.
public enum EveryImageFeature: ImageFeatures {}

extension ImageFeatures {
  /// True.
  public static var loadedImages: Bool { true }
  /// True.
  public static var pureSignatures: Bool { true }
  /// True.
  public static var hardwareIDs: Bool { true }
  /// True.
  public static var dependencies: Bool { true }
}
