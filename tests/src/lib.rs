//! Tests over the whole product.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod naive;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod project;
#[cfg(test)]
mod second_opinion;
#[cfg(test)]
mod tidy;
