package io.gantry.grpc;

import io.gantry.api.Platform;
import io.gantry.api.Scope;
import io.gantry.api.UnsupportedException;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.service.transfer.Archives;
import io.gantry.service.transfer.ImportRequest;
import io.gantry.service.transfer.ImportRequest.Option;
import io.gantry.wire.transfertypes.ImageImportStream;
import io.gantry.wire.transfertypes.ImageReference;
import io.gantry.wire.transfertypes.ImageStore;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One import over the wire: an archive's bytes come by a stream. */
record ImportCall(Streams streams, Archives archives, Images images, Scope scope, ProgressStream progress) {
  void run(ImageImportStream from, ImageStore to) throws IOException {
    if (from.getForceCompress()) throw new UnsupportedException("force_compress: layers are kept as they are in the archive");
    ImportRequest request = request(to);
    NamedStream stream = streams.take(scope, from.getStream());
    try {
      progress.step("Importing");
      List<Image> loaded = archives.load(scope, request, new ByteInflow(stream), progress);
      for (Image image : loaded) {
        if (to.getLabelsCount() > 0) images.label(scope, image.name(), to.getLabelsMap());
        progress.image("saved", image.name(), image.target());
      }
      progress.step("Completed import");
    } catch (IOException | RuntimeException e) {
      stream.fail(e);
      throw e;
    }
    stream.close();
  }

  private static ImportRequest request(ImageStore to) throws IOException {
    if (!to.getName().isEmpty() || to.getExtraReferencesList().stream().anyMatch(r -> !r.getIsPrefix())) {
      throw new UnsupportedException("a name for the index of an archive is not supported; images get the names that the archive has, below"
          + " a reference of extra_references that is a prefix");
    }
    ImageStores.refuse(to.getExtraReferencesCount() != 1, "extra_references", "expected one prefix that names are of, found "
        + to.getExtraReferencesCount());
    if (to.getAllMetadata() || to.getManifestLimit() > 0) {
      throw new UnsupportedException("all_metadata, manifest_limit: of an archive all that is in it is kept");
    }
    Optional<Platform> platform = ImageStores.one(to.getPlatformsList(), "an import");
    Set<Option> options = EnumSet.noneOf(Option.class);
    if (to.getUnpacksCount() == 0) options.add(Option.NO_UNPACK);
    if (to.getUnpacksCount() > 1 || to.getUnpacksCount() == 1 && !ImageStores.platform(to.getUnpacks(0)).equals(platform.orElse(Platform
        .host()))) {
      throw new UnsupportedException("unpacks: expected one at most, of the platform that is imported");
    }
    ImageReference prefix = to.getExtraReferences(0);
    if (prefix.getAllowOverwrite()) options.add(Option.OTHER_NAMES);
    if (prefix.getAddDigest()) options.add(prefix.getSkipNamedDigest() ? Option.NAMELESS_DIGESTS : Option.DIGESTS);
    return new ImportRequest(prefix.getName(), platform, to.getUnpacksCount() == 0 ? "" : to.getUnpacks(0).getSnapshotter(), options);
  }
}
