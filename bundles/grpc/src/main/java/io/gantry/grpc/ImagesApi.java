package io.gantry.grpc;

import com.google.protobuf.Empty;
import io.gantry.api.Descriptor;
import io.gantry.api.InvalidException;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.filter.Fields;
import io.gantry.oci.filter.Filter;
import io.gantry.service.record.Images;
import io.gantry.wire.images.CreateImageRequest;
import io.gantry.wire.images.CreateImageResponse;
import io.gantry.wire.images.DeleteImageRequest;
import io.gantry.wire.images.GetImageRequest;
import io.gantry.wire.images.GetImageResponse;
import io.gantry.wire.images.Image;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.images.ListImagesRequest;
import io.gantry.wire.images.ListImagesResponse;
import io.gantry.wire.images.UpdateImageRequest;
import io.gantry.wire.images.UpdateImageResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Names of images. */
final class ImagesApi extends ImagesGrpc.ImagesImplBase {
  private final Images images;
  private final Collecting collecting;

  ImagesApi(Images images, Collecting collecting) {
    this.images = images;
    this.collecting = collecting;
  }

  @Override
  public void get(GetImageRequest request, StreamObserver<GetImageResponse> out) {
    Calls.unary(out, () -> images.recent(Calls.scope(), request.getName()).map(ImagesApi::got), () -> got(images.get(Calls.scope(), request
        .getName())));
  }

  private static GetImageResponse got(io.gantry.service.record.Image image) {
    return GetImageResponse.newBuilder().setImage(wire(image)).build();
  }

  @Override
  public void list(ListImagesRequest request, StreamObserver<ListImagesResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      Filter filter = Filter.parse(request.getFiltersList());
      var answer = ListImagesResponse.newBuilder();
      Pages.each((after, max) -> images.list(scope, after, max), io.gantry.service.record.Image::name,
          i -> filter.matches(path -> field(i, path)), i -> answer.addImages(wire(i)));
      return answer.build();
    });
  }

  private static Optional<String> field(io.gantry.service.record.Image i, List<String> path) {
    return switch (path.getFirst()) {
      case "name" -> Optional.of(i.name());
      case "labels" -> Fields.label(i.labels(), path);
      case "annotations" -> Fields.label(i.target().annotations(), path);
      case "target" -> path.size() < 2 ? Optional.empty() : switch (path.get(1)) {
        case "digest" -> Optional.of(i.target().digest().toString());
        case "mediatype" -> Optional.of(i.target().mediaType());
        default -> Optional.empty();
      };
      default -> Optional.empty();
    };
  }

  @Override
  public void create(CreateImageRequest request, StreamObserver<CreateImageResponse> out) {
    Calls.unary(out, () -> {
      var image = of(named(request.getImage()));
      return CreateImageResponse.newBuilder().setImage(wire(images.create(Calls.scope(), image.name(), image.target(), image.labels())))
          .build();
    });
  }

  @Override
  public void update(UpdateImageRequest request, StreamObserver<UpdateImageResponse> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      List<String> mask = request.getUpdateMask().getPathsList();
      Image image = named(request.getImage());
      boolean targeted = mask.isEmpty() || mask.contains("target"); // else clients leave it empty
      var target = targeted ? Descriptors.of(image.getTarget())
          : annotated(images.get(scope, image.getName()).target(), image.getTarget().getAnnotationsMap());
      return UpdateImageResponse.newBuilder().setImage(wire(images.update(scope, of(image, target), mask))).build();
    });
  }

  /**
   * Nothing else goes with the name: what nobody refers to any more goes with a collection, for which {@code sync} waits. With a target, a
   * name that points elsewhere (by now) stays, and is told not to be found, as containerd does.
   */
  @Override
  public void delete(DeleteImageRequest request, StreamObserver<Empty> out) {
    Calls.unary(out, () -> {
      Scope scope = Calls.scope();
      if (request.hasTarget()) remove(scope, request.getName(), request.getTarget().getDigest());
      else images.remove(scope, request.getName());
      if (request.getSync()) collecting.now(scope);
      return Empty.getDefaultInstance();
    });
  }

  private static Image named(Image i) throws InvalidException {
    if (i.getName().isEmpty()) throw new InvalidException("Image.Name required");
    return i;
  }

  private static Descriptor annotated(Descriptor d, Map<String, String> annotations) {
    return new Descriptor(d.mediaType(), d.digest(), d.size(), annotations, d.platform(), d.urls());
  }

  private void remove(Scope scope, String name, String digest) throws IOException {
    while (true) {
      var image = images.get(scope, name);
      String there = image.target().digest().toString();
      if (!there.equals(digest)) {
        throw new NotFoundException("image '" + name + "' was to be removed while it points to " + digest + ", but it points to " + there);
      }
      if (images.collect(scope, image, () -> true)) return; // else it was changed meanwhile
    }
  }

  private static io.gantry.service.record.Image of(Image i) {
    return of(i, Descriptors.of(i.getTarget()));
  }

  private static io.gantry.service.record.Image of(Image i, Descriptor target) {
    return new io.gantry.service.record.Image(i.getName(), target, i.getLabelsMap(), Instant.EPOCH, Instant.EPOCH, 0);
  }

  private static Image wire(io.gantry.service.record.Image i) {
    return Image.newBuilder().setName(i.name()).setTarget(Descriptors.wire(i.target())).putAllLabels(i.labels())
        .setCreatedAt(Times.of(i.created())).setUpdatedAt(Times.of(i.updated())).build();
  }
}
