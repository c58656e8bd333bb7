package io.gantry.remote;

import io.gantry.api.AlreadyExistsException;
import io.gantry.api.Descriptor;
import io.gantry.api.NotFoundException;
import io.gantry.api.Scope;
import io.gantry.oci.name.MeantImage;
import io.gantry.service.record.Image;
import io.gantry.service.record.Images;
import io.gantry.wire.images.CreateImageRequest;
import io.gantry.wire.images.DeleteImageRequest;
import io.gantry.wire.images.GetImageRequest;
import io.gantry.wire.images.ImagesGrpc;
import io.gantry.wire.images.ListImagesRequest;
import io.gantry.wire.images.UpdateImageRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Names of images of the other manager. The wire has no revisions: they are 0. */
final class RemoteImages implements Images {
  private final Link link;

  RemoteImages(Link link) {
    this.link = link;
  }

  @Override
  public Image put(Scope scope, String name, Descriptor target, Map<String, String> labels) throws IOException {
    try {
      return create(scope, name, target, labels);
    } catch (AlreadyExistsException e) {
      var mask = new ArrayList<>(Messages.paths(labels));
      mask.add("target");
      try {
        return updated(scope, wire(name, labels).setTarget(Messages.wire(target)), mask);
      } catch (NotFoundException gone) {
        return create(scope, name, target, labels); // somebody took it away between the two
      }
    }
  }

  @Override
  public Image create(Scope scope, String name, Descriptor target, Map<String, String> labels) throws IOException {
    var request = CreateImageRequest.newBuilder().setImage(wire(name, labels).setTarget(Messages.wire(target))).build();
    return of(link.call(scope, ImagesGrpc.getCreateMethod(), request).getImage());
  }

  @Override
  public Image get(Scope scope, String name) throws IOException {
    return of(link.call(scope, ImagesGrpc.getGetMethod(), GetImageRequest.newBuilder().setName(name).build()).getImage());
  }

  @Override
  public Image resolve(Scope scope, String text) throws IOException {
    return MeantImage.by(text, name -> find(scope, name), () -> all(scope), scope.namespace());
  }

  @Override
  public Image update(Scope scope, Image image, List<String> mask) throws IOException {
    return updated(scope, wire(image.name(), image.labels()).setTarget(Messages.wire(image.target())), mask);
  }

  private Image updated(Scope scope, io.gantry.wire.images.Image.Builder image, List<String> mask) throws IOException {
    var request = UpdateImageRequest.newBuilder().setImage(image).setUpdateMask(Messages.mask(mask)).build();
    return of(link.call(scope, ImagesGrpc.getUpdateMethod(), request).getImage());
  }

  /** Nothing is known here that was not asked for. */
  @Override
  public Optional<Image> recent(Scope scope, String name) {
    return Optional.empty();
  }

  @Override
  public Optional<Image> find(Scope scope, String name) throws IOException {
    try {
      return Optional.of(get(scope, name));
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public List<Image> list(Scope scope, String after, int max) throws IOException {
    var page = new Page<Image>(after, max);
    for (Image i : all(scope)) page.add(i.name(), i);
    return page.list();
  }

  private List<Image> all(Scope scope) throws IOException {
    return link.call(scope, ImagesGrpc.getListMethod(), ListImagesRequest.getDefaultInstance()).getImagesList().stream()
        .map(RemoteImages::of).toList();
  }

  @Override
  public Image label(Scope scope, String name, Map<String, String> changes) throws IOException {
    return changes.isEmpty() ? get(scope, name) : updated(scope, wire(name, changes), Messages.paths(changes));
  }

  @Override
  public void remove(Scope scope, String name) throws IOException {
    link.call(scope, ImagesGrpc.getDeleteMethod(), DeleteImageRequest.newBuilder().setName(name).build());
  }

  @Override
  public boolean collect(Scope scope, Image image, BooleanSupplier guard) throws IOException {
    throw Unwired.call("a collection of image '" + image.name() + "'");
  }

  private static io.gantry.wire.images.Image.Builder wire(String name, Map<String, String> labels) {
    return io.gantry.wire.images.Image.newBuilder().setName(name).putAllLabels(labels);
  }

  private static Image of(io.gantry.wire.images.Image i) {
    return new Image(i.getName(), Messages.descriptor(i.getTarget()), Messages.labels(i.getLabelsMap()), Messages.time(i.getCreatedAt()),
        Messages.time(i.getUpdatedAt()), 0);
  }
}
